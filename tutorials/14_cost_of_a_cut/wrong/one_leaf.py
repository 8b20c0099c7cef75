# hole: lag_gradients
# says: the weight is one leaf for all steps, so its uses cannot be told apart: give each step a leaf
def lag_gradients(step, stream, start, weight):
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    shared = tensor(tape, weight)
    by_lag = []
    for item in stream:
        loss, states = step([shared], item, states)
        by_lag.append(np.zeros(np.shape(weight)))
        by_lag[0] = by_lag[0] + walk(loss).get(shared.i, 0.0)
    return by_lag
