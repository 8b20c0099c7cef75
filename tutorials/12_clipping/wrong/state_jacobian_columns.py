# hole: state_jacobian
# says: the slope of h[i] belongs to row i: NumPy multiplied the columns
def state_jacobian(W, h):
    return (1 - h**2) * W.T
