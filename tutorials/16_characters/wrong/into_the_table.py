# hole: take_rule
# says: this adds to the table itself: begin from zeros
def take_rule(g, out, x, indices, axis):
    np.add.at(x, indices, g)
    return [x]
