# hole: unbroadcast
# says: that is the mean: each copy had its own effect on the result, and effects add
def unbroadcast(g, shape):
    g = g.mean(axis=tuple(range(g.ndim - len(shape))))
    return g.mean(axis=tuple(axis for axis, n in enumerate(shape) if n == 1), keepdims=True)
