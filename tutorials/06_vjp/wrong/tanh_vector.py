# hole: tanh_jacobian
# says: these are the slopes; the Jacobian is a matrix that has them on its diagonal, and 0 elsewhere
def tanh_jacobian(x):
    return 1 - np.tanh(x) ** 2
