# hole: record
# says: params was handed on as one more operand: two asterisks, **params, make keyword arguments of it again
def record(tape, op, *inputs, **params):
    out = leaf(tape, FORWARD[op](*[tape.values[i] for i in inputs], params))
    tape.records.append(Record(op, inputs, out, tape.step, params))
    return out
