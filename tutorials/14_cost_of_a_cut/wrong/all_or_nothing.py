# hole: kernel
# says: this is a loss that always sees k steps back; in windows most places see less
def kernel(j, k):
    return 1.0 if j < k else 0.0
