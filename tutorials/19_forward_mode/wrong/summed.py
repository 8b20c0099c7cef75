# hole: rtrl
# says: the gradients of the states were added in too: only the row of the loss is a gradient, the others go into S
def rtrl(step, items, start, parameters):
    values = [np.array(value, "float64") for value in start]
    S = np.zeros((sum(value.size for value in values), sum(each.value.size for each in parameters)))
    for item in items:
        tape, weights, before = begun(values, parameters)
        loss, after = step(weights, item, before)
        found = influence(tape, weights, before, S, [loss, *after])
        gradients = parts(found.sum(axis=0), weights)
        collect(tape, {weight.i: g for weight, g in zip(weights, gradients, strict=True)})
        S, values = found[1:], [state.value for state in after]
        yield float(loss.value)
