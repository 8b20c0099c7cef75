# hole: unbroadcast
# says: the right sums without their axis: an axis of length 1 stays, with `keepdims=True`
def unbroadcast(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(axis for axis, n in enumerate(shape) if n == 1))
