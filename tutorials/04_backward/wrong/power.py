# hole: tanh_rule
# says: write out * out: chapter 17 calls this rule with values that know no power
def tanh_rule(g, out, x):
    return [g * (1 - out**2)]
