# hole: gradcheck
# says: that is the mean, in which one wrong number hides among the right ones: take the largest
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(*xs)
    found = []
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0, eps)
        found.append(abs(claimed[n][at] - slope) / (1 + abs(slope)))
    return float(np.mean(found))
