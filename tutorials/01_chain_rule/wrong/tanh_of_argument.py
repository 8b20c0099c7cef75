# hole: local_derivatives
# says: the slope of tanh is made of the square of its result, not of the square of its argument s
def local_derivatives(w, x, values):
    return {
        "p/w": x,
        "p/x": w,
        "s/p": 1.0,
        "s/b": 1.0,
        "h/s": 1 - values.s**2,
        "e/h": 1.0,
        "e/x": -1.0,
        "loss/e": 2 * values.e,
    }
