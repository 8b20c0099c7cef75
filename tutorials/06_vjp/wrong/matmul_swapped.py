# hole: matmul_rule
# says: the two are swapped: what x receives comes first in the list, then what y receives
def matmul_rule(g, out, x, y):
    return [x.T @ g, g @ y.T]
