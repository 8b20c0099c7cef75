# hole: push
# says: one operand that moves is enough: the others have the tangent zero
def push(tape, tangents):
    found = dict(tangents)
    for op, inputs, out, _, params in tape.records:
        if all(i in found for i in inputs):
            operands = [tape.values[i] for i in inputs]
            found[out] = JVP[op]([found[i] for i in inputs], tape.values[out], *operands, **params)
    return found
