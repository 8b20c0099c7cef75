# hole: train
# says: one tape for all batches keeps the records of all of them: memory grows with each batch, and so does each walk
def train(parameters, data, lr):
    losses = []
    tape = Tape()
    for x, y in data:
        loss = mse(network([tensor(tape, p) for p in parameters], x), y)
        losses.append(float(loss.value))
        zero_grad(parameters)
        collect(tape, walk(loss))
        sgd_step(parameters, lr)
    return losses
