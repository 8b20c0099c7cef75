# hole: cumsum_rule
# says: right, but by way of the matrix: its memory grows with the square of the vector's length
def cumsum_rule(g):
    return g @ cumsum_jacobian(len(g))
