# hole: zero_grad
# says: zeros are a gradient, and `None` says that there is none: `collect` and the optimizers ask for `None`
def zero_grad(parameters):
    for parameter in parameters:
        parameter.grad = np.zeros_like(parameter.value)
