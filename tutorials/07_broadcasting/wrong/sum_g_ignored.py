# hole: sum_rule
# says: that is the slope, 1 for each summand: the walk brings g, which multiplies it
def sum_rule(g, out, x, axis=None, keepdims=False):
    return [np.ones_like(x)]
