# hole: bits_per_character
# says: this is the chance of the character that was read, and not of the one that follows
def bits_per_character(parameters, ids):
    h, bits = first_state(parameters), 0.0
    for now in ids[:-1]:
        logits, h = predict(parameters, now, h)
        bits -= np.log2(softmax(logits)[now])
    return float(bits / (len(ids) - 1))
