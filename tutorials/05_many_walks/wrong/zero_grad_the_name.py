# hole: zero_grad
# says: that gives the loop's own name another value: set the attribute `grad` of each parameter
def zero_grad(parameters):
    for parameter in parameters:
        parameter = None
