# hole: norms_back
# says: `@` takes no plain number: the Jacobian by the state itself is the matrix np.eye(n)
def norms_back(W, states):
    product = 1.0
    norms = [1.0]
    for h in reversed(states[1:]):
        product = product @ state_jacobian(W, h)
        norms.append(float(np.linalg.norm(product, 2)))
    return norms
