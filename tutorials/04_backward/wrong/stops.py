# hole: backward
# says: a record without a cotangent is no reason to stop: pass it over, and go on with the one before it
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            break
        operands = [tape.values[i] for i in inputs]
        contributions = RULES[op](cotangents[out], tape.values[out], *operands, **params)
        for i, contribution in zip(inputs, contributions):
            accumulate(cotangents, i, contribution)
    return cotangents
