# hole: cross_entropy
# says: a logarithm of a probability is never positive: the loss is minus it
def cross_entropy(logits, one_hot):
    z = logits - logits.value.max(axis=1, keepdims=True)
    log_p = z - log(exp(z).sum(axis=1, keepdims=True))
    return (log_p * one_hot).sum() / len(one_hot)
