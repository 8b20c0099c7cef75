# hole: clip_grad_norm
# says: each gradient was clipped alone, so they changed by different factors, and the direction is another one
def clip_grad_norm(parameters, most):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in with_grad)))
    for p in with_grad:
        own = float(np.sqrt(np.sum(p.grad**2)))
        if own > most:
            p.grad = p.grad * (most / own)
    return norm
