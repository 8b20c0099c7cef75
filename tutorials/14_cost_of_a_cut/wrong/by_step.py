# hole: lag_gradients
# says: this is divided by the step of the use, counted from the first: a lag is counted back from the loss
def lag_gradients(step, stream, start, weight):
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    uses, losses = [], []
    for item in stream:
        uses.append(tensor(tape, weight))
        loss, states = step([uses[-1]], item, states)
        losses.append(loss)
    received = walk(*losses)
    return [np.asarray(received.get(use.i, np.zeros(np.shape(weight)))) for use in uses]
