# hole: zero_grad
# says: the array was emptied, not forgotten: whoever still holds it has zeros now
def zero_grad(parameters):
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad[:] = 0
