# hole: clip_grad_norm
# says: this is the norm of the last gradient alone: the global norm is that of all of them as one vector
def clip_grad_norm(parameters, most):
    for p in parameters:
        if p.grad is not None:
            norm = float(np.sqrt(np.sum(p.grad**2)))
    if norm > most:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (most / norm)
    return norm
