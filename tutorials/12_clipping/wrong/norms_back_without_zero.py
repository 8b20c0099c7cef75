# hole: norms_back
# says: j = 0 is left out: the last state depends on itself with the norm 1, the first number of the list
def norms_back(W, states):
    product = np.eye(len(W))
    norms = []
    for h in reversed(states[1:]):
        product = product @ state_jacobian(W, h)
        norms.append(float(np.linalg.norm(product, 2)))
    return norms
