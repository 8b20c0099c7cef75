# hole: mse
# says: len(target) counts the rows only: the mean goes over all entries
def mse(prediction, target):
    return square(prediction - target).sum() / len(target)
