# hole: sample
# says: the scores are multiplied by the temperature: a low one should make the likely likelier
def sample(parameters, first, length, temperature, rng):
    h, written = first_state(parameters), [first]
    for _ in range(length):
        logits, h = predict(parameters, written[-1], h)
        chances = softmax(logits * temperature)
        written.append(int(rng.choice(len(chances), p=chances)))
    return written[1:]
