# hole: tanh_rule
# says: a rule returns a list, with one contribution for each operand, also where there is one operand
def tanh_rule(g, out, x):
    return g * (1 - out * out)
