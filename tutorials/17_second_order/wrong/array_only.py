# hole: sum_rule
# says: that works for arrays: NumPy's functions make no record, so of a tensor use reshaped and operators
def sum_rule(g, out, x, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return [np.broadcast_to(g, x.shape)]
