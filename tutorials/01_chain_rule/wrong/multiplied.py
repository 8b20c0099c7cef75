# hole: gradient_x
# says: along a path the factors multiply; different paths add
def gradient_x(local):
    through_p = local["loss/e"] * local["e/h"] * local["h/s"] * local["s/p"] * local["p/x"]
    through_e = local["loss/e"] * local["e/x"]
    return through_p * through_e
