# hole: push
# says: what does not move has a tangent of zeros in its own shape, not the number 0
def push(tape, tangents):
    found = dict(tangents)
    for op, inputs, out, _, params in tape.records:
        if any(i in found for i in inputs):
            operands = [tape.values[i] for i in inputs]
            found[out] = JVP[op]([found.get(i, 0.0) for i in inputs], tape.values[out], *operands, **params)
    return found
