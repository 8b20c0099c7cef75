# hole: kernel
# says: that is the share of one place; more than one place sees a small lag
def kernel(j, k):
    return 1 / k if j < k else 0.0
