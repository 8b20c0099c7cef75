# hole: weight_gradient
# says: np.outer makes one long row of each matrix: the state's transpose times δ also adds up over the rows
def weight_gradient(states, ds):
    return sum(np.outer(h, delta) for h, delta in zip(states[:-1], ds))
