# hole: accumulate
# says: an id that has received nothing yet is not in `cotangents`: its first contribution is all that it has
def accumulate(cotangents, i, contribution):
    cotangents[i] = cotangents[i] + contribution
