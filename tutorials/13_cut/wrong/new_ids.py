# hole: cut
# says: the states became other leaves: they keep their ids, and the tensors that you were given stay what they are
def cut(tape, *states):
    values = [state.value for state in states]
    for each in (tape.records, tape.values, tape.names, tape.parameters):
        each.clear()
    for state, value in zip(states, values):
        state.i = tensor(tape, value).i
