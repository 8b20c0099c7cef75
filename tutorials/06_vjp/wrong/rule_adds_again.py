# hole: cumsum_rule
# says: right, but each sum is made from its beginning: it is the sum beside it and one number more
def cumsum_rule(g):
    return np.array([g[i:].sum() for i in range(len(g))])
