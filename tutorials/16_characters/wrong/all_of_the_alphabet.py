# hole: sample
# says: this model knows another number of characters than ALPHABET has: take as many as there are chances
def sample(parameters, first, length, temperature, rng):
    h, i, written = first_state(parameters), first, []
    for _ in range(length):
        scores, h = predict(parameters, i, h)
        i = int(rng.choice(len(ALPHABET), p=softmax(scores / temperature)))
        written.append(i)
    return written
