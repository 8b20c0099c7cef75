# hole: norms_back
# says: the factors are those of h_{T-1}, …, h_0: the step that made h_T has a factor, and nothing made h_0
def norms_back(W, states):
    product = np.eye(len(W))
    norms = [1.0]
    for h in states[-2::-1]:
        product = product @ state_jacobian(W, h)
        norms.append(float(np.linalg.norm(product, 2)))
    return norms
