# hole: weight_gradient
# says: at step t, W is multiplied by the state before, h_{t-1}, and not by the new one
def weight_gradient(states, ds):
    return sum(h.T @ delta for h, delta in zip(states[1:], ds))
