# hole: backward
# says: the records were read from the first to the last, where nothing has a cotangent yet: read them in reverse
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in tape.records:
        if out not in cotangents:
            continue
        operands = [tape.values[i] for i in inputs]
        contributions = RULES[op](cotangents[out], tape.values[out], *operands, **params)
        for i, contribution in zip(inputs, contributions):
            accumulate(cotangents, i, contribution)
    return cotangents
