# hole: cross_entropy
# says: axis=0 sums over the examples: the classes of one example lie along axis 1
def cross_entropy(logits, one_hot):
    shifted = logits - logits.value.max(axis=0, keepdims=True)
    log_p = shifted - log(exp(shifted).sum(axis=0, keepdims=True))
    return -(log_p * one_hot).sum() / len(one_hot)
