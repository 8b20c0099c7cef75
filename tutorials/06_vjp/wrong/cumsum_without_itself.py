# hole: cumsum_jacobian
# says: result i contains x_i itself: the diagonal is 1, too
def cumsum_jacobian(n):
    return np.tril(np.ones((n, n)), -1)
