# hole: local_derivatives
# says: in e = h − x the operand x is subtracted: if it grows, e falls
def local_derivatives(w, x, values):
    return {
        "p/w": x,
        "p/x": w,
        "s/p": 1.0,
        "s/b": 1.0,
        "h/s": 1 - values.h**2,
        "e/h": 1.0,
        "e/x": 1.0,
        "loss/e": 2 * values.e,
    }
