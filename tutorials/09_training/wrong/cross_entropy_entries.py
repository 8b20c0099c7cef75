# hole: cross_entropy
# says: the mean goes over the rows: each has one right class, so the number of columns does not divide
def cross_entropy(logits, one_hot):
    shifted = logits - logits.value.max(axis=1, keepdims=True)
    log_p = shifted - log(exp(shifted).sum(axis=1, keepdims=True))
    return -(log_p * one_hot).sum() / one_hot.size
