# hole: backward
# says: the rule was applied without the record's params: it takes them as keyword arguments
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, _ in reversed(tape.records):
        if out in cotangents:
            contributions = RULES[op](cotangents[out], tape.values[out], *[tape.values[i] for i in inputs])
            for i, contribution in zip(inputs, contributions):
                accumulate(cotangents, i, contribution)
    return cotangents
