# hole: tanh_jacobian
# says: 1 − h² holds for the result h = tanh(x), and the argument here is x
def tanh_jacobian(x):
    return np.diag(1 - x**2)
