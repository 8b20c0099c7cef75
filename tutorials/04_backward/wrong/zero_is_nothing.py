# hole: backward
# says: a cotangent of 0 is one, and an array is neither true nor false: ask whether there is one
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        g = cotangents.get(out)
        if not np.any(g):
            continue
        operands = [tape.values[i] for i in inputs]
        contributions = RULES[op](g, tape.values[out], *operands, **params)
        for i, contribution in zip(inputs, contributions):
            accumulate(cotangents, i, contribution)
    return cotangents
