# hole: cumsum_rule
# says: that is J g, which goes forward; back it is g J: x_0 is in all results, so it gets the sum of all of g
def cumsum_rule(g):
    return np.cumsum(g)
