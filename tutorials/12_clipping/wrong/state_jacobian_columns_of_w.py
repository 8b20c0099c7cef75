# hole: state_jacobian
# says: that is the transpose of the Jacobian: row i is for the new unit h[i], column j for the old one
def state_jacobian(W, h):
    return W * (1 - h**2)
