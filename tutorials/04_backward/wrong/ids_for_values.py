# hole: backward
# says: a rule takes the values of the operands, not their ids
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        contributions = RULES[op](cotangents[out], tape.values[out], *inputs, **params)
        for i, contribution in zip(inputs, contributions):
            accumulate(cotangents, i, contribution)
    return cotangents
