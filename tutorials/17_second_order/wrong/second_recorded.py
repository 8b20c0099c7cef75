# hole: hvp
# says: the product is a tensor: the second walk need not record itself, walk gives arrays
def hvp(f, x, v):
    tape = Tape()
    point = tensor(tape, x)
    gradient = recorded_backward(f(point)).get(point.i)
    if gradient is None:
        return np.zeros(x.shape)
    return recorded_backward((gradient * v).sum()).get(point.i, np.zeros(x.shape))
