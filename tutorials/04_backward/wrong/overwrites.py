# hole: accumulate
# says: the second contribution overwrote the first: what is used twice receives the sum
def accumulate(cotangents, i, contribution):
    cotangents[i] = contribution
