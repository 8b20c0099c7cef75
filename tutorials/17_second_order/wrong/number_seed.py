# hole: recorded_backward
# says: the walk began with a number: the target's own cotangent is a tensor of ones too, in its shape
def recorded_backward(target):
    tape = target.tape
    cotangents = {target.i: 1.0}
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [Tensor(tape, i) for i in inputs]
        contributions = RULES[op](cotangents[out], Tensor(tape, out), *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            accumulate(cotangents, i, contribution)
    return cotangents
