# hole: mse
# says: NumPy computed this from .value, so nothing was recorded, and no walk can come back from it
def mse(prediction, target):
    return np.mean((prediction.value - target) ** 2)
