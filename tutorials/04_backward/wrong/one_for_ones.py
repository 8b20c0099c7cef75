# hole: backward
# says: the target begins with the number 1; it should be ones in the shape of its value
def backward(tape, *targets):
    cotangents = {}
    for target in targets:
        accumulate(cotangents, target, 1.0)
    for op, inputs, out, _, params in reversed(tape.records):
        if out in cotangents:
            contributions = RULES[op](cotangents[out], tape.values[out], *[tape.values[i] for i in inputs], **params)
            for i, contribution in zip(inputs, contributions):
                accumulate(cotangents, i, contribution)
    return cotangents
