# hole: deltas
# says: the slope of step t is that of its own tanh, whose result is h_t, and not h_{t-1}
def deltas(W, states, direct):
    found = []
    later = 0.0
    for h, own in zip(reversed(states[:-1]), reversed(direct)):
        delta = (own + later) * (1 - h**2)
        found.append(delta)
        later = delta @ W.T
    return found[::-1]
