# hole: zero_grad
# says: 0 is a gradient, and `None` says that there is none: `collect` and the optimizers ask for `None`
def zero_grad(parameters):
    for parameter in parameters:
        parameter.grad = 0.0
