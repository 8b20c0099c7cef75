# hole: sum_rule
# says: axis may be a tuple of several: np.expand_dims(g, axis) puts back one axis or several
def sum_rule(g, out, x, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        shape = list(x.shape)
        shape[axis] = 1
        g = g.reshape(shape)
    return [np.broadcast_to(g, x.shape)]
