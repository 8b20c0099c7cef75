# hole: backward
# says: the cotangents of results on the way are wanted as well: look them up, and leave them in the dict
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [tape.values[i] for i in inputs]
        contributions = RULES[op](cotangents.pop(out), tape.values[out], *operands, **params)
        for i, contribution in zip(inputs, contributions):
            accumulate(cotangents, i, contribution)
    return cotangents
