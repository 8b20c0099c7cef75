# hole: gradient_x
# says: every path begins at the loss: loss/e is a factor of the path through e, too
def gradient_x(local):
    through_p = local["loss/e"] * local["e/h"] * local["h/s"] * local["s/p"] * local["p/x"]
    return through_p + local["e/x"]
