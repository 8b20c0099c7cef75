# hole: deltas
# says: the arrays of `direct` are the caller's: put the sums into new arrays, with `a = a + b` in place of `a += b`
def deltas(W, states, direct):
    for t in reversed(range(len(direct))):
        if t + 1 < len(direct):
            direct[t] += direct[t + 1] @ W.T
        direct[t] *= 1 - states[t + 1] ** 2
    return direct
