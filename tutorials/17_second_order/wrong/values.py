# hole: recorded_backward
# says: the rules got arrays for the operands: how the derivative depends on those is not on the tape
def recorded_backward(target):
    tape = target.tape
    cotangents = {target.i: tensor(tape, np.ones(target.shape))}
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [tape.values[i] for i in inputs]
        contributions = RULES[op](cotangents[out], tape.values[out], *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            accumulate(cotangents, i, contribution)
    return cotangents
