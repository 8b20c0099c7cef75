# hole: sample
# says: what was drawn is not read: each character is drawn behind the first one again
def sample(parameters, first, length, temperature, rng):
    h, written = first_state(parameters), []
    for _ in range(length):
        logits, h = predict(parameters, first, h)
        chances = softmax(logits / temperature)
        written.append(int(rng.choice(len(chances), p=chances)))
    return written
