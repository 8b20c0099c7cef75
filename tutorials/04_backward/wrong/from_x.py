# hole: tanh_rule
# says: the slope of tanh is made of the square of its result, not of the square of x
def tanh_rule(g, out, x):
    return [g * (1 - x * x)]
