# hole: mse
# says: that is the sum, which grows with the number of rows: the mean is the sum divided by the number of entries
def mse(prediction, target):
    return square(prediction - target).sum()
