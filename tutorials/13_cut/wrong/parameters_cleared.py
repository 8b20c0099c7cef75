# hole: cut
# says: a state can be a parameter: the parameters under the ids of the states stay
def cut(tape, *states):
    kept = {state.i for state in states}
    tape.records = []
    tape.values = {i: value for i, value in tape.values.items() if i in kept}
    tape.names = {i: name for i, name in tape.names.items() if i in kept}
    tape.parameters = {}
