# hole: input_gradient
# says: U instead of its transpose: back from s_t to x_t goes δ @ U.T
def input_gradient(U, ds):
    return [delta @ U for delta in ds]
