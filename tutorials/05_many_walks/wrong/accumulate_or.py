# hole: accumulate
# says: `or` asks whether an array is true, which NumPy refuses: ask whether the id is in `cotangents`
def accumulate(cotangents, i, contribution):
    cotangents[i] = (cotangents.get(i) or 0.0) + contribution
