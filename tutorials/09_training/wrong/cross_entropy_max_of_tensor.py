# hole: cross_entropy
# says: a tensor has no `max`, and needs none: the largest logits are constants, taken from the array `logits.value`
def cross_entropy(logits, one_hot):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - log(exp(z).sum(axis=1, keepdims=True))
    return -(log_p * one_hot).sum() / len(one_hot)
