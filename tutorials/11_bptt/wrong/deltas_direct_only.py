# hole: deltas
# says: only the direct term: a state also counts for the losses of all later steps, through the next state
def deltas(W, states, direct):
    return [own * (1 - h**2) for h, own in zip(states[1:], direct)]
