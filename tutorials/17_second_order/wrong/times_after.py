# hole: hvp
# says: v was multiplied in after the second walk: that scales the row sums, and makes no product of matrix and vector
def hvp(f, x, v):
    tape = Tape()
    point = tensor(tape, x)
    gradient = recorded_backward(f(point)).get(point.i)
    if gradient is None:
        return np.zeros(x.shape)
    return walk(gradient.sum()).get(point.i, np.zeros(x.shape)) * v
