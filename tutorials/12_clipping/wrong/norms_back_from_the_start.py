# hole: norms_back
# says: this is how strongly state j depends on the first one: begin at the last step, and go back
def norms_back(W, states):
    product = np.eye(len(W))
    norms = [1.0]
    for h in states[1:]:
        product = state_jacobian(W, h) @ product
        norms.append(float(np.linalg.norm(product, 2)))
    return norms
