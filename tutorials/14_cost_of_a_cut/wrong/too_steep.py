# hole: kernel
# says: a window of k places sees the lags 0 to k − 1, and k − 1 is seen from its last place: the weight is 0 only at k
def kernel(j, k):
    return max(0.0, 1 - j / (k - 1)) if k > 1 else float(j == 0)
