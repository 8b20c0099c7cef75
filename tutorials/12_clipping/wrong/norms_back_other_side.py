# hole: norms_back
# says: the factors are in the wrong order: an older step stands to the right of a newer one
def norms_back(W, states):
    product = np.eye(len(W))
    norms = [1.0]
    for h in reversed(states[1:]):
        product = state_jacobian(W, h) @ product
        norms.append(float(np.linalg.norm(product, 2)))
    return norms
