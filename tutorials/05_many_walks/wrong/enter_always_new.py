# hole: enter
# says: each use made a leaf of its own: the tape looks as if there were several parameters, and grows with each use
def enter(tape, parameter):
    i = leaf(tape, parameter.value, parameter.name)
    tape.parameters[i] = parameter
    return i
