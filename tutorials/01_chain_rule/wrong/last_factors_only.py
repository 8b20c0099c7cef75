# hole: gradient_w_b
# says: that is the last arrow of each path alone: the loss is reached through all of them, and they multiply
def gradient_w_b(local):
    return local["p/w"], local["s/b"]
