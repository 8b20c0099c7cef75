# hole: central_difference
# says: that looks at one side of x only: step to both sides
def central_difference(f, x, eps=1e-6):
    return (f(x + eps) - f(x)) / eps
