# hole: rtrl
# says: S has a column for each number in the parameters, and not one for each parameter
def rtrl(step, items, start, parameters):
    values, S = start, np.zeros((len(flat(start)), len(parameters)))
    for item in items:
        tape, weights, before = begun(values, parameters)
        loss, states = step(weights, item, before)
        rows = influence(tape, weights, before, S, [loss, *states])
        collect(tape, dict(zip([each.i for each in weights], parts(rows[0], weights))))
        values, S = [state.value for state in states], rows[1:]
        yield float(loss.value)
