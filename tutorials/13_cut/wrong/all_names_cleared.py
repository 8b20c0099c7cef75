# hole: cut
# says: a state that has a name keeps it: only the names of other ids go
def cut(tape, *states):
    kept = {state.i for state in states}
    tape.records = []
    tape.values = {i: tape.values[i] for i in kept}
    tape.names = {}
    tape.parameters = {i: tape.parameters[i] for i in kept if i in tape.parameters}
