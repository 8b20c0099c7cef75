# hole: matmul_rule
# says: `*` multiplies number by number, and x @ y does not: each x_ij meets a whole row of y
def matmul_rule(g, out, x, y):
    return [g * y, g * x]
