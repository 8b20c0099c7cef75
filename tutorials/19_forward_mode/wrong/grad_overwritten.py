# hole: rtrl
# says: grad was overwritten: what was there is kept, and the new gradient added, by collect
def rtrl(step, items, start, parameters):
    values = [np.array(value, "float64") for value in start]
    S = np.zeros((sum(value.size for value in values), sum(each.value.size for each in parameters)))
    for item in items:
        tape, weights, before = begun(values, parameters)
        loss, after = step(weights, item, before)
        found = influence(tape, weights, before, S, [loss, *after])
        for parameter, g in zip(parameters, parts(found[0], weights), strict=True):
            parameter.grad = g
        S, values = found[1:], [state.value for state in after]
        yield float(loss.value)
