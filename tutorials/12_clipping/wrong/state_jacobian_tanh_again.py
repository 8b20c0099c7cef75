# hole: state_jacobian
# says: h is the result of tanh already: its slope is 1 - h**2
def state_jacobian(W, h):
    return (1 - np.tanh(h) ** 2)[:, None] * W.T
