# hole: tanh_jacobian
# says: a product for every pair: but result i depends on x_i alone, so off the diagonal all is 0
def tanh_jacobian(x):
    h = np.tanh(x)
    return np.eye(len(x)) - np.outer(h, h)
