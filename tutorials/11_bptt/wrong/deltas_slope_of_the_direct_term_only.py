# hole: deltas
# says: what comes from the next step has to pass this step's tanh, too: add first, then take the slope
def deltas(W, states, direct):
    found = []
    later = 0.0
    for h, own in zip(reversed(states[1:]), reversed(direct)):
        delta = own * (1 - h**2) + later
        found.append(delta)
        later = delta @ W.T
    return found[::-1]
