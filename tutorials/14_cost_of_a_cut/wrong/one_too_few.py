# hole: kernel
# says: a loss sees its own step, which is lag 0, from each of the k places
def kernel(j, k):
    return max(0.0, 1 - (j + 1) / k)
