# hole: deltas
# says: that is the cotangent of h_t: δ_t is that of s_t, on the other side of tanh
def deltas(W, states, direct):
    found = []
    later = 0.0
    for h, own in zip(reversed(states[1:]), reversed(direct)):
        found.append(own + later)
        later = ((own + later) * (1 - h**2)) @ W.T
    return found[::-1]
