# hole: backward
# says: what the target does not depend on has no entry at all, not one of zeros
def backward(tape, *targets):
    cotangents = {i: np.zeros_like(value) for i, value in tape.values.items()}
    for target in targets:
        accumulate(cotangents, target, np.ones_like(tape.values[target]))
    for op, inputs, out, _, params in reversed(tape.records):
        operands = [tape.values[i] for i in inputs]
        for i, contribution in zip(inputs, RULES[op](cotangents[out], tape.values[out], *operands, **params)):
            accumulate(cotangents, i, contribution)
    return cotangents
