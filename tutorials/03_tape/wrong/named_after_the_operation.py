# hole: record
# says: results have no name: tape.names is for leaves that were given one
def record(tape, op, *inputs, **params):
    out = leaf(tape, FORWARD[op](*[tape.values[i] for i in inputs], **params), op)
    tape.records.append(Record(op, inputs, out, tape.step, params))
    return out
