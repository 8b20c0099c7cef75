# hole: lag_gradients
# says: a walk has no entry for a use that the loss does not depend on: it owes zeros to it
def lag_gradients(step, stream, start, weight):
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    uses, losses = [], []
    for item in stream:
        uses.append(tensor(tape, weight))
        loss, states = step([uses[-1]], item, states)
        losses.append(loss)
    found = [np.zeros_like(use.value) for use in uses]
    for t, loss in enumerate(losses):
        cotangents = walk(loss)
        for s in range(t + 1):
            found[t - s] = found[t - s] + cotangents[uses[s].i]
    return found
