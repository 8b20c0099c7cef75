# hole: recorded_backward
# says: the walk took its own records off the tape again: a second walk finds no way back through them
def recorded_backward(target):
    tape = target.tape
    forward = list(tape.records)
    cotangents = {target.i: tensor(tape, np.ones(target.shape))}
    for op, inputs, out, _, params in reversed(forward):
        if out not in cotangents:
            continue
        operands = [Tensor(tape, i) for i in inputs]
        contributions = RULES[op](cotangents[out], Tensor(tape, out), *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            accumulate(cotangents, i, contribution)
    tape.records = forward
    return cotangents
