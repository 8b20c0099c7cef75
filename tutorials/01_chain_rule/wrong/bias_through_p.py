# hole: gradient_w_b
# says: the path to b leaves the path to w at s: p is not on it
def gradient_w_b(local):
    ds = local["loss/e"] * local["e/h"] * local["h/s"]
    return ds * local["s/p"] * local["p/w"], ds * local["s/p"] * local["s/b"]
