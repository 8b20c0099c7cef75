# hole: take_rule
# says: a rule returns a list with one entry for each operand, also if there is only one
def take_rule(g, out, x, indices, axis):
    found = np.zeros_like(x)
    np.add.at(found, indices, g)
    return found
