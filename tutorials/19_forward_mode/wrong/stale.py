# hole: rtrl
# says: the parameters' values were read once: a step runs with those that they have when it runs
def rtrl(step, items, start, parameters):
    values = [np.array(value, "float64") for value in start]
    S = np.zeros((sum(value.size for value in values), sum(each.value.size for each in parameters)))
    known = [each.value for each in parameters]
    for item in items:
        tape, weights, before = begun(values, known)
        loss, after = step(weights, item, before)
        found = influence(tape, weights, before, S, [loss, *after])
        for parameter, g in zip(parameters, parts(found[0], weights), strict=True):
            parameter.grad = g if parameter.grad is None else parameter.grad + g
        S, values = found[1:], [state.value for state in after]
        yield float(loss.value)
