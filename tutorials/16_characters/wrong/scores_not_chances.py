# hole: bits_per_character
# says: the logarithm is of a score: softmax makes chances of the scores first
def bits_per_character(parameters, ids):
    h, bits = first_state(parameters), 0.0
    for now, following in pairwise(ids):
        logits, h = predict(parameters, now, h)
        bits -= np.log2(logits[following])
    return float(bits / (len(ids) - 1))
