# hole: central_difference
# says: `/` binds before `-`, so only the second value was divided: put brackets around the rise
def central_difference(f, x, eps=1e-6):
    return f(x + eps) - f(x - eps) / (2 * eps)
