# hole: accumulate
# says: `+=` into an array of your own spares the contribution, but not those who hold what was there: add with `+`
def accumulate(cotangents, i, contribution):
    if i not in cotangents:
        cotangents[i] = np.zeros_like(contribution)
    cotangents[i] += contribution
