# hole: unbroadcast
# says: `shape` counts its axes from its own first one: in `g` they come after those in front
def unbroadcast(g, shape):
    front = range(g.ndim - len(shape))
    ones = [axis for axis, n in enumerate(shape) if n == 1]
    g = g.sum(axis=tuple(ones), keepdims=True)
    return g.sum(axis=tuple(front))
