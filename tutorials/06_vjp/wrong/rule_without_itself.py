# hole: cumsum_rule
# says: x_i is in result i as well: its own entry of g is missing from the sum
def cumsum_rule(g):
    return g.sum() - np.cumsum(g)
