# hole: clip_grad_norm
# says: that is the square of the norm: take the root of the sum
def clip_grad_norm(parameters, most):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(sum(np.sum(p.grad**2) for p in with_grad))
    if norm > most:
        for p in with_grad:
            p.grad = p.grad * (most / norm)
    return norm
