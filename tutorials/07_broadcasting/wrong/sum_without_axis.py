# hole: sum_rule
# says: g lost the axis that was summed over: put it back before you repeat, or NumPy lines the others up wrongly
def sum_rule(g, out, x, axis=None, keepdims=False):
    return [np.broadcast_to(g, x.shape)]
