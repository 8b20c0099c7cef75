# hole: push
# says: tangents go in the order of the tape: the first record first
def push(tape, tangents):
    found = dict(tangents)
    for op, inputs, out, _, params in reversed(tape.records):
        if any(i in found for i in inputs):
            operands = [tape.values[i] for i in inputs]
            moving = [found.get(i, np.zeros(np.shape(tape.values[i]))) for i in inputs]
            found[out] = JVP[op](moving, tape.values[out], *operands, **params)
    return found
