# hole: sample
# says: the chances were divided by the temperature, so their sum is not 1: divide the scores, before the softmax
def sample(parameters, first, length, temperature, rng):
    h, written = first_state(parameters), [first]
    for _ in range(length):
        logits, h = predict(parameters, written[-1], h)
        chances = softmax(logits) / temperature
        written.append(int(rng.choice(len(chances), p=chances)))
    return written[1:]
