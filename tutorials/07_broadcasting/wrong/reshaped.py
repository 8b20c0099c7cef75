# hole: unbroadcast
# says: the sums are right, but `g` may be an object of yours without `reshape`: keep the axes with `keepdims`
def unbroadcast(g, shape):
    front = g.ndim - len(shape)
    axes = tuple(range(front)) + tuple(front + axis for axis, n in enumerate(shape) if n == 1)
    return g.sum(axis=axes).reshape(shape)
