# hole: accumulate
# says: the second contribution was lost: what is used twice receives the sum
def accumulate(cotangents, i, contribution):
    cotangents.setdefault(i, contribution)
