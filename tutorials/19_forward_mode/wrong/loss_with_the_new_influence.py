# hole: rtrl
# says: the loss was asked with the S after the step: its push begins before the step, with the S from there
def rtrl(step, items, start, parameters):
    values = [np.array(value, "float64") for value in start]
    S = np.zeros((sum(value.size for value in values), sum(each.value.size for each in parameters)))
    for item in items:
        tape, weights, before = begun(values, parameters)
        loss, after = step(weights, item, before)
        S = influence(tape, weights, before, S, after)
        found = influence(tape, weights, before, S, [loss])
        collect(tape, {weight.i: g for weight, g in zip(weights, parts(found[0], weights), strict=True)})
        values = [state.value for state in after]
        yield float(loss.value)
