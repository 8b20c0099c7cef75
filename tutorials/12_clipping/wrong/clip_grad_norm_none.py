# hole: clip_grad_norm
# says: a parameter may have no gradient: pass it over where grad is None
def clip_grad_norm(parameters, most):
    norm = float(np.sqrt(sum((each.grad**2).sum() for each in parameters)))
    for each in parameters:
        if norm > most:
            each.grad = each.grad * (most / norm)
    return norm
