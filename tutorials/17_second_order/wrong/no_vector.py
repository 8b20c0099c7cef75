# hole: hvp
# says: v is not in it: this is the sum of each row of the Hessian
def hvp(f, x, v):
    tape = Tape()
    point = tensor(tape, x)
    gradient = recorded_backward(f(point)).get(point.i)
    if gradient is None:
        return np.zeros(x.shape)
    return walk(gradient.sum()).get(point.i, np.zeros(x.shape))
