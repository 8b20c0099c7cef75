# hole: cross_entropy
# says: a number for each row, of shape (4,), is lined up with the columns: keepdims=True leaves it a column, (4, 1)
def cross_entropy(logits, one_hot):
    shifted = logits - logits.value.max(axis=1)
    log_p = shifted - log(exp(shifted).sum(axis=1))
    return -(log_p * one_hot).sum() / len(one_hot)
