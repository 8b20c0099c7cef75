# hole: kernel
# says: // rounds down to a whole number: a share needs /
def kernel(j, k):
    return max(0.0, float((k - j) // k))
