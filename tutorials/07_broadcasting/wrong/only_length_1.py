# hole: unbroadcast
# says: g has more axes than the operand: those in front were added by broadcasting, and go first
def unbroadcast(g, shape):
    return g.sum(axis=tuple(axis for axis, n in enumerate(shape) if n == 1), keepdims=True)
