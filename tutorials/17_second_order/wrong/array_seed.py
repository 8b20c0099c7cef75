# hole: recorded_backward
# says: the walk began with an array: a cotangent that no operation has touched stays one, and is on no tape
def recorded_backward(target):
    tape = target.tape
    cotangents = {target.i: np.ones(target.shape)}
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [Tensor(tape, i) for i in inputs]
        contributions = RULES[op](cotangents[out], Tensor(tape, out), *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            accumulate(cotangents, i, contribution)
    return cotangents
