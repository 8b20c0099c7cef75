# hole: gradient_w_b
# says: that is a dict: return two numbers, dℓ/dw first, with a comma between them
def gradient_w_b(local):
    s = local["loss/e"] * local["e/h"] * local["h/s"]
    return {"w": s * local["s/p"] * local["p/w"], "b": s * local["s/b"]}
