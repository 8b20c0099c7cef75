# hole: gradient_x
# says: x is used in e as well: that path is missing
def gradient_x(local):
    return local["loss/e"] * local["e/h"] * local["h/s"] * local["s/p"] * local["p/x"]
