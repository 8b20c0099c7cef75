# hole: gradient_x
# says: paths add: the minus of e = h − x is in the factor e/x already
def gradient_x(local):
    through_p = local["loss/e"] * local["e/h"] * local["h/s"] * local["s/p"] * local["p/x"]
    return through_p - local["loss/e"] * local["e/x"]
