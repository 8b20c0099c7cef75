# hole: input_gradient
# says: the inputs are T arrays, and each has a cotangent of its own: only what is used again and again has a sum
def input_gradient(U, ds):
    return sum(delta @ U.T for delta in ds)
