# hole: bits_per_character
# says: the first character was not guessed: a text of n characters has n - 1 that count
def bits_per_character(parameters, ids):
    h, bits = first_state(parameters), 0.0
    for now, following in pairwise(ids):
        logits, h = predict(parameters, now, h)
        bits -= np.log2(softmax(logits)[following])
    return float(bits / len(ids))
