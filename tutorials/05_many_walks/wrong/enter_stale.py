# hole: enter
# says: the leaf of the old value was given back after the value had changed: compare the values, too
def enter(tape, parameter):
    for i, known in tape.parameters.items():
        if known is parameter:
            return i
    i = leaf(tape, parameter.value, parameter.name)
    tape.parameters[i] = parameter
    return i
