# hole: sum_rule
# says: with keepdims g has its axes still: another one is too many
def sum_rule(g, out, x, axis=None, keepdims=False):
    if axis is not None:
        g = np.expand_dims(g, axis)
    return [np.broadcast_to(g, x.shape)]
