# hole: gradcheck
# says: that is the absolute error: divide by 1 + |d|
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(*xs)
    found = [0.0]
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0, eps)
        found.append(abs(claimed[n][at] - slope))
    return float(np.max(found))
