# hole: push
# says: the caller's dict was filled: work on a copy of it
def push(tape, tangents):
    for op, inputs, out, _, params in tape.records:
        if any(i in tangents for i in inputs):
            operands = [tape.values[i] for i in inputs]
            moving = [tangents.get(i, np.zeros(np.shape(tape.values[i]))) for i in inputs]
            tangents[out] = JVP[op](moving, tape.values[out], *operands, **params)
    return tangents
