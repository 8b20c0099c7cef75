# hole: gradcheck
# says: the eps of gradcheck was not handed on: the central difference took its own 1e-6
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(*xs)
    found = []
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0)
        found.append(abs(claimed[n][at] - slope) / (1 + abs(slope)))
    return float(np.max(found))
