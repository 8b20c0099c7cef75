# hole: rtrl
# says: the influence was not carried on to the next step: that is TBPTT(1)
def rtrl(step, items, start, parameters):
    values = [np.array(value, "float64") for value in start]
    S = np.zeros((sum(value.size for value in values), sum(each.value.size for each in parameters)))
    for item in items:
        tape, weights, before = begun(values, parameters)
        loss, after = step(weights, item, before)
        found = influence(tape, weights, before, S, [loss, *after])
        gradients = parts(found[0], weights)
        collect(tape, {weight.i: g for weight, g in zip(weights, gradients, strict=True)})
        values = [state.value for state in after]
        yield float(loss.value)
