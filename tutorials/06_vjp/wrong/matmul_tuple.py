# hole: matmul_rule
# says: without square brackets that is a tuple: a rule returns a list
def matmul_rule(g, out, x, y):
    return g @ y.T, x.T @ g
