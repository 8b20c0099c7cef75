# hole: central_difference
# says: each point is eps away from x, so that they are 2 * eps apart: these are half as far
def central_difference(f, x, eps=1e-6):
    return (f(x + eps / 2) - f(x - eps / 2)) / eps
