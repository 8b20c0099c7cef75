# hole: train
# says: collect adds to what is in .grad already: without zero_grad the gradients of earlier batches count again
def train(parameters, data, lr):
    losses = []
    for x, y in data:
        tape = Tape()
        loss = mse(network([tensor(tape, p) for p in parameters], x), y)
        losses.append(float(loss.value))
        collect(tape, walk(loss))
        sgd_step(parameters, lr)
    return losses
