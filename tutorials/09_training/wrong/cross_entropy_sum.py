# hole: cross_entropy
# says: that is the sum over the rows: the loss is their mean, so that 64 rows do not pull twice as hard as 32
def cross_entropy(logits, one_hot):
    shifted = logits - logits.value.max(axis=1, keepdims=True)
    log_p = shifted - log(exp(shifted).sum(axis=1, keepdims=True))
    return -(log_p * one_hot).sum()
