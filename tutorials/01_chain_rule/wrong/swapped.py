# hole: local_derivatives
# says: in a product, the local derivative by one factor is the other factor
def local_derivatives(w, x, values):
    return {
        "p/w": w,
        "p/x": x,
        "s/p": 1.0,
        "s/b": 1.0,
        "h/s": 1 - values.h**2,
        "e/h": 1.0,
        "e/x": -1.0,
        "loss/e": 2 * values.e,
    }
