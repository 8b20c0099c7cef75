# hole: cut
# says: a cut only forgets: the steps of the stream are counted on, and no id is given twice
def cut(tape, *states):
    values, names = tape.values, tape.names
    parameters = tape.parameters
    tape.__init__()
    for state in states:
        tape.values[state.i] = values[state.i]
        if state.i in names:
            tape.names[state.i] = names[state.i]
        if state.i in parameters:
            tape.parameters[state.i] = parameters[state.i]
