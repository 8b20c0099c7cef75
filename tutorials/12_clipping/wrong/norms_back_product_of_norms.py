# hole: norms_back
# says: the product of the norms is only a bound: what one step stretches most, the next need not
def norms_back(W, states):
    norms = [1.0]
    for h in reversed(states[1:]):
        norms.append(norms[-1] * float(np.linalg.norm(state_jacobian(W, h), 2)))
    return norms
