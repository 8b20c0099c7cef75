# hole: sum_rule
# says: np.expand_dims makes an array of a tensor, and its history is lost: `reshaped` works on both
def sum_rule(g, out, x, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return [g * np.ones(x.shape)]
