# hole: bits_per_character
# says: a score is not yet the logarithm of a chance: softmax makes chances of the scores first
def bits_per_character(parameters, ids):
    h, bits = first_state(parameters), 0.0
    for now, following in pairwise(ids):
        logits, h = predict(parameters, now, h)
        bits -= logits[following]
    return float(bits / (len(ids) - 1))
