# hole: deltas
# says: W instead of its transpose: back goes δ @ W.T, as in matmul's rule
def deltas(W, states, direct):
    found = []
    later = 0.0
    for h, own in zip(reversed(states[1:]), reversed(direct)):
        delta = (own + later) * (1 - h**2)
        found.append(delta)
        later = delta @ W
    return found[::-1]
