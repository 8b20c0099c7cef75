# hole: mse
# says: np.mean divides by the tensor's length, here 1: a tensor has `.sum()`, which you divide by the number of entries
def mse(prediction, target):
    return np.mean((prediction - target) ** 2)
