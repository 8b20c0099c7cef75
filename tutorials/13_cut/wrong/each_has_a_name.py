# hole: cut
# says: a state may have no name: keep those names whose id is a state's
def cut(tape, *states):
    kept = {state.i for state in states}
    tape.records = []
    tape.values = {i: tape.values[i] for i in kept}
    tape.names = {i: tape.names[i] for i in kept}
    tape.parameters = {}
