# hole: cumsum_jacobian
# says: that is the transpose: the first result is x_0 alone, so the first row has one 1
def cumsum_jacobian(n):
    return np.triu(np.ones((n, n)))
