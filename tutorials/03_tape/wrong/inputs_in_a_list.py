# hole: record
# says: inputs is a tuple already, and the record has it as it is
def record(tape, op, *inputs, **params):
    out = leaf(tape, FORWARD[op](*[tape.values[i] for i in inputs], **params))
    tape.records.append(Record(op, list(inputs), out, tape.step, params))
    return out
