# hole: sum_rule
# says: the value of g was taken and put on the tape as a new leaf: the way back to g ends there
def sum_rule(g, out, x, axis=None, keepdims=False):
    value = g.value if isinstance(g, Tensor) else g
    if axis is not None and not keepdims:
        value = np.expand_dims(value, axis)
    found = np.broadcast_to(value, x.shape)
    return [tensor(g.tape, found) if isinstance(g, Tensor) else found]
