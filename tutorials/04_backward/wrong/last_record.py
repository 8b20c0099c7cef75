# hole: backward
# says: the walk begins at the targets, which need not be the last result on the tape
def backward(tape, *targets):
    cotangents = {}
    last = tape.records[-1].out
    accumulate(cotangents, last, np.ones_like(tape.values[last]))
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [tape.values[i] for i in inputs]
        contributions = RULES[op](cotangents[out], tape.values[out], *operands, **params)
        for i, contribution in zip(inputs, contributions):
            accumulate(cotangents, i, contribution)
    return cotangents
