# hole: cross_entropy
# says: the softmax itself became 0, whose logarithm is infinite: take the logarithm of the sum, not of each quotient
def cross_entropy(logits, one_hot):
    powers = exp(logits - logits.value.max(axis=1, keepdims=True))
    return -(log(powers / powers.sum(axis=1, keepdims=True)) * one_hot).sum() / len(one_hot)
