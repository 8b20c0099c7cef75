# hole: gradcheck
# says: that is the error of the last number: keep the largest of all
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(*xs)
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0, eps)
        error = abs(claimed[n][at] - slope) / (1 + abs(slope))
    return float(error)
