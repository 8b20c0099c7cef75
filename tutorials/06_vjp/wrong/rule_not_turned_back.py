# hole: cumsum_rule
# says: the right numbers in the wrong order: the last x is in one result only, so it gets the last of g alone
def cumsum_rule(g):
    return np.cumsum(g[::-1])
