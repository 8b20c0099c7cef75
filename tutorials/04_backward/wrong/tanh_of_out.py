# hole: tanh_rule
# says: out is tanh(x) already: do not apply tanh to it again
def tanh_rule(g, out, x):
    return [g * (1 - np.tanh(out) * np.tanh(out))]
