# hole: take_rule
# says: a row that was taken more than once keeps one contribution only: `[...] =` and `[...] +=` do not add them up
def take_rule(g, out, x, indices, axis):
    found = np.zeros_like(x)
    found[indices] += g
    return [found]
