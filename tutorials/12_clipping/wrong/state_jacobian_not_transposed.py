# hole: state_jacobian
# says: W is not transposed: h[i] comes from column i of W, which is row i of the Jacobian
def state_jacobian(W, h):
    return (1 - h**2)[:, None] * W
