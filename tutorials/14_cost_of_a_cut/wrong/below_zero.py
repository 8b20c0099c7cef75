# hole: kernel
# says: behind the window nothing is seen: the weight is 0 there, and no less
def kernel(j, k):
    return 1 - j / k
