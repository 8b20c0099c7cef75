# hole: gradcheck
# says: divide by 1 + |d|, the size of the central difference: the claimed number is what may be wrong
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(*xs)
    found = [0.0]
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0, eps)
        found.append(abs(claimed[n][at] - slope) / (1 + abs(claimed[n][at])))
    return float(np.max(found))
