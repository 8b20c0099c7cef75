# hole: bits_per_character
# says: these are nats: a bit is the logarithm to the base 2
def bits_per_character(parameters, ids):
    h, nats = first_state(parameters), 0.0
    for now, following in pairwise(ids):
        logits, h = predict(parameters, now, h)
        nats -= np.log(softmax(logits)[following])
    return float(nats / (len(ids) - 1))
