# hole: sgd_step
# says: -= writes into the old array, which a tape may hold: make a new one
def sgd_step(parameters, lr):
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.value -= lr * parameter.grad
