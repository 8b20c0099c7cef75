# hole: push
# says: what no moving leaf reaches was pushed too, with zeros: right, and for nothing
def push(tape, tangents):
    found = dict(tangents)
    for op, inputs, out, _, params in tape.records:
        operands = [tape.values[i] for i in inputs]
        moving = [found.get(i, np.zeros(np.shape(tape.values[i]))) for i in inputs]
        found[out] = JVP[op](moving, tape.values[out], *operands, **params)
    return found
