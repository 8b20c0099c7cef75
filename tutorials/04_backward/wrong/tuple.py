# hole: multiply_rule
# says: without square brackets that is a tuple: a rule returns a list
def multiply_rule(g, out, x, y):
    return g * y, g * x
