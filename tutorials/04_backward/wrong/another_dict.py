# hole: accumulate
# says: the dict that was given is to be changed, and nothing is returned: this made another one
def accumulate(cotangents, i, contribution):
    return {**cotangents, i: cotangents.get(i, 0.0) + contribution}
