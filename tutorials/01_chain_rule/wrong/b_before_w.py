# hole: gradient_w_b
# says: both are right, in the other order: dℓ/dw comes first
def gradient_w_b(local):
    ds = local["loss/e"] * local["e/h"] * local["h/s"]
    return ds * local["s/b"], ds * local["s/p"] * local["p/w"]
