# hole: mse
# says: a tensor has `.sum()` and no `.mean()`: divide the sum by the number of entries
def mse(prediction, target):
    return square(prediction - target).mean()
