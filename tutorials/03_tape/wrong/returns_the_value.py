# hole: record
# says: record returns the id of the result, not its value
def record(tape, op, *inputs, **params):
    value = FORWARD[op](*[tape.values[i] for i in inputs], **params)
    out = leaf(tape, value)
    tape.records.append(Record(op, inputs, out, tape.step, params))
    return value
