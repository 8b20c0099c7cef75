# hole: sum_rule
# says: a rule returns a list, also for a single operand: put the array into one
def sum_rule(g, out, x, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, x.shape)
