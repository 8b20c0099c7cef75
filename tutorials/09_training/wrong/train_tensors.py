# hole: train
# says: the losses are tensors, which keep their tapes alive: append float(loss.value)
def train(parameters, data, lr):
    losses = []
    for x, y in data:
        tape = Tape()
        loss = mse(network([tensor(tape, p) for p in parameters], x), y)
        losses.append(loss)
        zero_grad(parameters)
        collect(tape, walk(loss))
        sgd_step(parameters, lr)
    return losses
