# hole: accumulate
# says: the first contribution finds nothing to add to: ask whether i is in the dict, or take cotangents.get(i, 0.0)
def accumulate(cotangents, i, contribution):
    cotangents[i] += contribution
