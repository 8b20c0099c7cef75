# hole: record
# says: the operation was run on the ids: look up their values in tape.values
def record(tape, op, *inputs, **params):
    out = leaf(tape, FORWARD[op](*inputs, **params))
    tape.records.append(Record(op, inputs, out, tape.step, params))
    return out
