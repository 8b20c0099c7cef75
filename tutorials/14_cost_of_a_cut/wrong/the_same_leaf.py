# hole: lag_gradients
# says: all steps share one leaf: call tensor with the array anew in each step (a parameter gets the leaf that it has)
def lag_gradients(step, stream, start, weight):
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    uses, losses = [], []
    shared = tensor(tape, weight)
    for item in stream:
        uses.append(shared)
        loss, states = step([shared], item, states)
        losses.append(loss)
    found = [np.zeros_like(shared.value) for _ in uses]
    for t, loss in enumerate(losses):
        cotangents = walk(loss)
        for s in range(t + 1):
            found[t - s] = found[t - s] + cotangents.get(uses[s].i, 0.0)
    return found
