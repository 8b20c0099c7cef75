# hole: gradcheck
# says: f and gradient take the arrays one by one: write *xs where they are called, not xs
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(xs)
    found = []
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0, eps)
        found.append(abs(claimed[n][at] - slope) / (1 + abs(slope)))
    return float(np.max(found))
