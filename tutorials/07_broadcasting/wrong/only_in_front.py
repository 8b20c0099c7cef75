# hole: unbroadcast
# says: the axes in front were summed; those of length 1, such as in (2, 1), were repeated, too
def unbroadcast(g, shape):
    return g.sum(axis=tuple(range(g.ndim - len(shape))))
