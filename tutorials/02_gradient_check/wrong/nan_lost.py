# hole: gradcheck
# says: max(0.0, nan) is 0.0 in Python, as nan is not larger than anything: np.max keeps it
def gradcheck(f, gradient, *xs, eps=1e-6):
    claimed = gradient(*xs)
    worst = 0.0
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0, eps)
        worst = max(worst, abs(float(claimed[n][at]) - slope) / (1 + abs(slope)))
    return worst
