# hole: clip_grad_norm
# says: this is the norm after clipping: return the one from before, which tells how steep it was
def clip_grad_norm(parameters, most):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in with_grad)))
    if norm > most:
        for p in with_grad:
            p.grad = p.grad * (most / norm)
        return most
    return norm
