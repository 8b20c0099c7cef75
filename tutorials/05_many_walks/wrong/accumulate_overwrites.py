# hole: accumulate
# says: the second contribution overwrote the first: a value that is used twice gets the sum
def accumulate(cotangents, i, contribution):
    cotangents[i] = contribution
