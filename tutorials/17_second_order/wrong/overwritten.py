# hole: recorded_backward
# says: the later contribution overwrote the earlier one: an id that is used twice gets the sum, of tensors too
def recorded_backward(target):
    tape = target.tape
    cotangents = {target.i: tensor(tape, np.ones(target.shape))}
    for op, inputs, out, _, params in reversed(tape.records):
        if out not in cotangents:
            continue
        operands = [Tensor(tape, i) for i in inputs]
        contributions = RULES[op](cotangents[out], Tensor(tape, out), *operands, **params)
        for i, contribution in zip(inputs, contributions, strict=True):
            cotangents[i] = contribution
    return cotangents
