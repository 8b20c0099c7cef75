# hole: clip_grad_norm
# says: *= writes into an array that others may hold, the cotangents of the walk for example: make a new one
def clip_grad_norm(parameters, most):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in with_grad)))
    if norm > most:
        for p in with_grad:
            p.grad *= most / norm
    return norm
