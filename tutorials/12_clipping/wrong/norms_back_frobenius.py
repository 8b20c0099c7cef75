# hole: norms_back
# says: without the 2, np.linalg.norm takes the root of the sum of all squares: that is another norm of a matrix
def norms_back(W, states):
    product = np.eye(len(W))
    norms = [1.0]
    for h in reversed(states[1:]):
        product = product @ state_jacobian(W, h)
        norms.append(float(np.linalg.norm(product)))
    return norms
