# hole: weight_gradient
# says: this is the transpose: row i of W belongs to unit i of the state before, column j to the new unit j
def weight_gradient(states, ds):
    return sum(delta.T @ before for before, delta in zip(states[:-1], ds))
