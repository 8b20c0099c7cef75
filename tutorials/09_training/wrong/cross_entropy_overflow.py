# hole: cross_entropy
# says: exp(800) is infinite, and the sum of exp(-800) is 0: subtract each row's largest logit first
def cross_entropy(logits, one_hot):
    log_p = logits - log(exp(logits).sum(axis=1, keepdims=True))
    return -(log_p * one_hot).sum() / len(one_hot)
