# hole: weight_gradient
# says: this is the mean over the steps: L is a sum, and so are its gradients
def weight_gradient(states, ds):
    return sum(h.T @ delta for h, delta in zip(states[:-1], ds)) / len(ds)
