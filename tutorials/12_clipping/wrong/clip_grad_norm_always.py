# hole: clip_grad_norm
# says: small gradients were made larger: only a norm above the most is changed
def clip_grad_norm(parameters, most):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in with_grad)))
    for p in with_grad:
        p.grad = p.grad * (most / norm)
    return norm
