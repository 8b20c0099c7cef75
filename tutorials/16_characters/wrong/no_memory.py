# hole: sample
# says: the state is not carried: the model forgets all but the last character
def sample(parameters, first, length, temperature, rng):
    written = [first]
    for _ in range(length):
        logits, _ = predict(parameters, written[-1], first_state(parameters))
        chances = softmax(logits / temperature)
        written.append(int(rng.choice(len(chances), p=chances)))
    return written[1:]
