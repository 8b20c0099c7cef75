# hole: unbroadcast
# says: g may have several axes more than the operand, or an axis where the operand has length 1: sum over each of them
def unbroadcast(g, shape):
    return g if g.shape == shape else g.sum(axis=0)
