# hole: sgd_step
# says: with a plus the loss grows: the gradient points to where it grows fastest
def sgd_step(parameters, lr):
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.value = parameter.value + lr * parameter.grad
