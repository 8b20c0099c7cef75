# hole: sgd_step
# says: the gradients were forgotten here: the loop does that, with zero_grad
def sgd_step(parameters, lr):
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.value = parameter.value - lr * parameter.grad
            parameter.grad = None
