# hole: matmul_rule
# says: y without a transpose maps forward, from x's columns to those of the result; the way back is its transpose
def matmul_rule(g, out, x, y):
    return [g @ y, x @ g]
