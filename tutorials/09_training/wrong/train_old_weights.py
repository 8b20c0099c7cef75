# hole: train
# says: the weights entered the tape once, before the loop: after an update the tape still has the old values
def train(parameters, data, lr):
    losses = []
    tape = Tape()
    weights = [tensor(tape, p) for p in parameters]
    for x, y in data:
        loss = mse(network(weights, x), y)
        losses.append(float(loss.value))
        zero_grad(parameters)
        collect(tape, walk(loss))
        sgd_step(parameters, lr)
    return losses
