# hole: local_derivatives
# says: values.h is tanh(s) already: do not apply tanh to it again
def local_derivatives(w, x, values):
    return {
        "p/w": x,
        "p/x": w,
        "s/p": 1.0,
        "s/b": 1.0,
        "h/s": 1 - np.tanh(values.h) ** 2,
        "e/h": 1.0,
        "e/x": -1.0,
        "loss/e": 2 * values.e,
    }
