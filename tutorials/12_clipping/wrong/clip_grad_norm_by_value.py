# hole: clip_grad_norm
# says: each number was clipped alone: that changes the direction, and the norm can still be above the most
def clip_grad_norm(parameters, most):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in with_grad)))
    for p in with_grad:
        p.grad = np.clip(p.grad, -most, most)
    return norm
