# hole: multiply_rule
# says: the local derivative by one operand is the other operand
def multiply_rule(g, out, x, y):
    return [g * x, g * y]
