# hole: central_difference
# says: eps is an argument: take that one, not one of your own
def central_difference(f, x, eps=1e-6):
    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6
