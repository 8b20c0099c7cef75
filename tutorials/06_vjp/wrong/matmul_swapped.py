# hole: matmul_rule
# says: the two are swapped: x comes first in `operands`, so what x receives comes first
def matmul_rule(g, out, x, y):
    return [x.T @ g, g @ y.T]
