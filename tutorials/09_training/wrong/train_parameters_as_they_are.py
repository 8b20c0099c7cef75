# hole: train
# says: `network` takes tensors: put each parameter on the new tape first
def train(parameters, data, lr):
    losses = []
    for x, y in data:
        loss = mse(network(parameters, x), y)
        losses.append(float(loss.value))
        zero_grad(parameters)
        collect(loss.tape, walk(loss))
        sgd_step(parameters, lr)
    return losses
