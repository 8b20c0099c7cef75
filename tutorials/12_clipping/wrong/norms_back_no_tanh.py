# hole: norms_back
# says: that is the product without the slope of tanh: each step has a Jacobian of its own, from its own state
def norms_back(W, states):
    return [float(np.linalg.norm(np.linalg.matrix_power(W.T, j), 2)) for j in range(len(states))]
