# hole: local_derivatives
# says: a local derivative asks about one line: in e = h − x the way through h is the business of h/s and s/p
def local_derivatives(w, x, values):
    s = 1 - values.h**2
    e = s * w - 1
    return {"p/w": x, "p/x": w, "s/p": 1, "s/b": 1, "h/s": s, "e/h": 1, "e/x": e, "loss/e": 2 * values.e}
