# hole: take_rule
# says: this takes rows of g; row n of g goes back to row indices[n] of the table
def take_rule(g, out, x, indices, axis):
    found = np.zeros_like(x)
    found[: len(indices)] = g[np.argsort(indices)]
    return [found]
