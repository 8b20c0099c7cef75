# hole: cut
# says: the records are gone, and their values are still there: memory grows with every step
def cut(tape, *states):
    tape.records = []
    kept = {state.i for state in states}
    tape.parameters = {i: parameter for i, parameter in tape.parameters.items() if i in kept}
