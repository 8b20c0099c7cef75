# hole: multiply_rule
# says: these are the local derivatives: each of them is multiplied by the cotangent g of the result
def multiply_rule(g, out, x, y):
    return [y, x]
