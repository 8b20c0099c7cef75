# hole: norms_back
# says: T steps have T factors: the first state was given, and no step made it
def norms_back(W, states):
    product = np.eye(len(W))
    norms = [1.0]
    for h in reversed(states):
        product = product @ state_jacobian(W, h)
        norms.append(float(np.linalg.norm(product, 2)))
    return norms
