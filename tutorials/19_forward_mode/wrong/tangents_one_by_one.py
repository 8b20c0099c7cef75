# hole: push
# says: a rule takes the tangents in one list, then the values: no asterisk before that list
def push(tape, tangents):
    found = dict(tangents)
    for op, inputs, out, _, params in tape.records:
        if any(i in found for i in inputs):
            operands = [tape.values[i] for i in inputs]
            moved = [found[i] if i in found else np.zeros_like(tape.values[i]) for i in inputs]
            found[out] = JVP[op](*moved, tape.values[out], *operands, **params)
    return found
