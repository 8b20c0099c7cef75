# hole: cut
# says: this keeps so many records; a step has several
def cut(tape, *states, keep=0):
    tape.records = tape.records[len(tape.records) - keep :] if keep else []
    kept = {state.i for state in states} | {i for r in tape.records for i in (*r.inputs, r.out)}
    tape.values = {i: value for i, value in tape.values.items() if i in kept}
    tape.names = {i: name for i, name in tape.names.items() if i in kept}
    tape.parameters = {i: parameter for i, parameter in tape.parameters.items() if i in kept}
