# hole: bits_per_character
# says: the mean of the logarithms is asked for, and not the logarithm of the mean
def bits_per_character(parameters, ids):
    h, chances = first_state(parameters), []
    for i, following in pairwise(ids):
        scores, h = predict(parameters, i, h)
        chances.append(softmax(scores)[following])
    return float(-np.log2(np.mean(chances)))
