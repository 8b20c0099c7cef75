# hole: backward
# says: a rule is called with the cotangent, then the value of the result, then those of the operands: out is missing
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        if out in cotangents:
            operands = [tape.values[i] for i in inputs]
            for i, contribution in zip(inputs, RULES[op](cotangents[out], *operands, **params)):
                accumulate(cotangents, i, contribution)
    return cotangents
