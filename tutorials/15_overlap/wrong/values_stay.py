# hole: reset
# says: only the gradient stops there; the value is what the new sequence must not know
def reset(states, first):
    keep = np.where(first, 0.0, 1.0)[:, None]
    return [state * keep + state.value * (1 - keep) for state in states]
