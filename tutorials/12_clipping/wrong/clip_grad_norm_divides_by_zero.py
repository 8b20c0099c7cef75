# hole: clip_grad_norm
# says: the norm may be 0: divide by it only where it is above `most`
def clip_grad_norm(parameters, most):
    grads = [each.grad for each in parameters if each.grad is not None]
    norm = float(np.sqrt(sum((grad**2).sum() for grad in grads)))
    for each in parameters:
        if each.grad is not None:
            each.grad = each.grad * min(1.0, most / norm)
    return norm
