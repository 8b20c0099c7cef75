# hole: hvp
# says: the whole Hessian was made, a walk for each row: put v in first, and one walk is enough
def hvp(f, x, v):
    tape = Tape()
    point = tensor(tape, x)
    gradient = recorded_backward(f(point)).get(point.i)
    if gradient is None:
        return np.zeros(x.shape)
    rows = []
    for n in range(x.size):
        unit = np.eye(x.size)[n].reshape(x.shape)
        rows.append((walk((gradient * unit).sum()).get(point.i, np.zeros(x.shape)) * v).sum())
    return np.array(rows).reshape(x.shape)
