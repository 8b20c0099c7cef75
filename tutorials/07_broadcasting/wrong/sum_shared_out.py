# hole: sum_rule
# says: g was shared out like a mean; each summand counts fully in a sum
def sum_rule(g, out, x, axis=None, keepdims=False):
    share = np.size(out) / x.size
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return [np.broadcast_to(g, x.shape) * share]
