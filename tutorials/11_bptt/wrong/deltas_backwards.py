# hole: deltas
# says: the list is in the order of the walk, the last step first: turn it round at the end
def deltas(W, states, direct):
    found = []
    later = 0.0
    for h, own in zip(reversed(states[1:]), reversed(direct)):
        delta = (own + later) * (1 - h**2)
        found.append(delta)
        later = delta @ W.T
    return found
