# hole: matmul_rule
# says: the other operand stands on its own side: y at the right of g, x at the left
def matmul_rule(g, out, x, y):
    return [y.T @ g, g @ x.T]
