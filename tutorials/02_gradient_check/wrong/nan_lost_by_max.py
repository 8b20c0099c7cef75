# hole: gradcheck
# says: Python's max keeps nan only if it stands first, as nothing is larger than nan: np.max keeps it anywhere
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(*xs)
    found = []
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0, eps)
        found.append(abs(claimed[n][at] - slope) / (1 + abs(slope)))
    return max(found)
