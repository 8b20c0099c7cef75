# hole: gradient_w_b
# says: s/p is 1 in the neuron, and another number here: every factor of a path counts
def gradient_w_b(local):
    s = local["loss/e"] * local["e/h"] * local["h/s"]
    return s * local["p/w"], s * local["s/b"]
