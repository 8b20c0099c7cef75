# hole: tanh_jacobian
# says: result i depends on x_i alone: all that is not on the diagonal is 0
def tanh_jacobian(x):
    return np.ones((len(x), len(x))) * (1 - np.tanh(x) ** 2)
