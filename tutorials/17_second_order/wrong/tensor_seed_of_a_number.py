# hole: recorded_backward
# says: the walk began with a single 1: the target's cotangent is a tensor of ones in the shape of the target
def recorded_backward(target):
    tape = target.tape
    cotangents = {target.i: tensor(tape, 1.0)}
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [Tensor(tape, i) for i in inputs]
        contributions = RULES[op](cotangents[out], Tensor(tape, out), *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            accumulate(cotangents, i, contribution)
    return cotangents
