# hole: cumsum_rule
# says: the contribution itself is asked for here, not a list of contributions
def cumsum_rule(g):
    return [np.cumsum(g[::-1])[::-1]]
