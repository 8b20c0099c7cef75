# hole: backward
# says: a rule takes values, of its result and of its operands: look up the ids in tape.values
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        if out in cotangents:
            for i, contribution in zip(inputs, RULES[op](cotangents[out], out, *inputs, **params)):
                accumulate(cotangents, i, contribution)
    return cotangents
