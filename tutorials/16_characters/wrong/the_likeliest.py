# hole: sample
# says: the likeliest is always taken, and nothing is drawn: such a model soon repeats itself
def sample(parameters, first, length, temperature, rng):
    h, written = first_state(parameters), [first]
    for _ in range(length):
        logits, h = predict(parameters, written[-1], h)
        written.append(int(np.argmax(logits)))
    return written[1:]
