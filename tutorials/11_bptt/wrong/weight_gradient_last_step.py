# hole: weight_gradient
# says: the last step's contribution only: W was used at every step, and the contributions add
def weight_gradient(states, ds):
    return states[-2].T @ ds[-1]
