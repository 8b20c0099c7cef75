# hole: matmul_rule
# says: what x receives is right; for y the transpose of x stands on the left, as x does in x @ y
def matmul_rule(g, out, x, y):
    return [g @ y.T, g @ x.T]
