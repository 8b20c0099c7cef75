# hole: sum_rule
# says: g was not given its summed axes back as axes of length 1 first, so it does not fit to x
def sum_rule(g, out, x, axis=None, keepdims=False):
    return [g * np.ones(x.shape)]
