# hole: central_difference
# says: Python reads `/ 2 * eps` as `(… / 2) * eps`: put brackets around 2 * eps
def central_difference(f, x, eps=1e-6):
    return (f(x + eps) - f(x - eps)) / 2 * eps
