# hole: gradcheck
# says: moved adds: at 0 the array is what it was, so the slope is looked for around 0, not around the number itself
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(*xs)
    found = []
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), xs[n][at], eps)
        found.append(abs(claimed[n][at] - slope) / (1 + abs(slope)))
    return float(np.max(found))
