# hole: central_difference
# says: the two points are 2 * eps apart, not eps
def central_difference(f, x, eps=1e-6):
    return (f(x + eps) - f(x - eps)) / eps
