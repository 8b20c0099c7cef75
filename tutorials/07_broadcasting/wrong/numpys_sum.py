# hole: unbroadcast
# says: `np.sum` wants an array, and `g` may be an object of yours: `g.sum(...)` is its own
def unbroadcast(g, shape):
    g = np.sum(g, axis=tuple(range(g.ndim - len(shape))))
    return np.sum(g, axis=tuple(axis for axis, n in enumerate(shape) if n == 1), keepdims=True)
