# hole: push
# says: what does not depend on the given leaves has no entry: zeros are made where a rule needs them, and not kept
def push(tape, tangents):
    found = {i: np.zeros_like(value) for i, value in tape.values.items()} | tangents
    for op, inputs, out, _, params in tape.records:
        operands = [tape.values[i] for i in inputs]
        found[out] = JVP[op]([found[i] for i in inputs], tape.values[out], *operands, **params)
    return found
