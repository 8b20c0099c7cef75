# hole: cumsum_jacobian
# says: that is how many numbers each result adds: row i has a 1 for each of them, in its own column
def cumsum_jacobian(n):
    return np.diag(np.arange(1.0, n + 1))
