# hole: lag_gradients
# says: this is what the last loss alone owes to each use; all losses count
def lag_gradients(step, stream, start, weight):
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    uses = []
    for item in stream:
        uses.append(tensor(tape, weight))
        loss, states = step([uses[-1]], item, states)
    received = walk(loss)
    return [np.asarray(received.get(use.i, np.zeros(np.shape(weight)))) for use in reversed(uses)]
