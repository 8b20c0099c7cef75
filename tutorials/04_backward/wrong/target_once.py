# hole: backward
# says: a target that stands there twice has one contribution only: targets accumulate, too
def backward(tape, *targets):
    cotangents = {target: np.ones_like(tape.values[target]) for target in targets}
    for op, inputs, out, _, params in reversed(tape.records):
        if out in cotangents:
            contributions = RULES[op](cotangents[out], tape.values[out], *[tape.values[i] for i in inputs], **params)
            for i, contribution in zip(inputs, contributions):
                accumulate(cotangents, i, contribution)
    return cotangents
