# hole: accumulate
# says: `+=` changed the array itself, and it is the cotangent of other ids too: `a = a + b` makes a new one
def accumulate(cotangents, i, contribution):
    if i in cotangents:
        cotangents[i] += contribution
    else:
        cotangents[i] = contribution
