# hole: state_jacobian
# says: the slope of tanh is missing: only h = before @ W has the transpose of W as its Jacobian
def state_jacobian(W, h):
    return W.T
