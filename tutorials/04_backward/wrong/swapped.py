# hole: multiply_rule
# says: each operand's slope is the other operand
def multiply_rule(g, out, x, y):
    return [g * x, g * y]
