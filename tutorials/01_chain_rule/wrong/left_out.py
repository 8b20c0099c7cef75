# hole: gradient_w_b
# says: every arrow of the path is a factor, also one that is 1 in this neuron
def gradient_w_b(local):
    ds = local["loss/e"] * local["h/s"]
    return ds * local["p/w"], ds
