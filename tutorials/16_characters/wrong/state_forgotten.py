# hole: bits_per_character
# says: each character is read from the first state: the model has no memory of those before
def bits_per_character(parameters, ids):
    bits = 0.0
    for now, following in pairwise(ids):
        logits, _ = predict(parameters, now, first_state(parameters))
        bits -= np.log2(softmax(logits)[following])
    return float(bits / (len(ids) - 1))
