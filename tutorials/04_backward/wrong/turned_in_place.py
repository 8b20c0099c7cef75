# hole: backward
# says: list.reverse() turned the tape's own list round, and so it stayed: reversed(tape.records) only reads it
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    tape.records.reverse()
    for op, inputs, out, _, params in tape.records:
        if out in cotangents:
            operands = [tape.values[i] for i in inputs]
            for i, contribution in zip(inputs, RULES[op](cotangents[out], tape.values[out], *operands, **params)):
                accumulate(cotangents, i, contribution)
    return cotangents
