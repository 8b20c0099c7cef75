# hole: gradient_w_b
# says: between s and w, and between s and b, there are arrows too: s/p and s/b are factors, also where they are 1
def gradient_w_b(local):
    ds = local["loss/e"] * local["e/h"] * local["h/s"]
    return ds * local["p/w"], ds
