# hole: cut
# says: the values that the kept records take are gone, and their rules need them
def cut(tape, *states, keep=0):
    tape.records = [r for r in tape.records if r.step > tape.step - keep]
    kept = {state.i for state in states} | {r.out for r in tape.records}
    tape.values = {i: value for i, value in tape.values.items() if i in kept}
    tape.names = {i: name for i, name in tape.names.items() if i in kept}
    tape.parameters = {i: parameter for i, parameter in tape.parameters.items() if i in kept}
