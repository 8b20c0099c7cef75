# hole: hvp
# says: a walk has no entry for x where nothing depends on x (the gradient of a linear f is constant): zeros then
def hvp(f, x, v):
    tape = Tape()
    point = tensor(tape, x)
    gradient = recorded_backward(f(point))[point.i]
    return walk((gradient * v).sum())[point.i]
