# hole: enter
# says: two parameters with the same numbers are still two: ask with `is` whether it is this one
def enter(tape, parameter):
    for i in tape.parameters:
        if np.array_equal(tape.values[i], parameter.value):
            return i
    i = leaf(tape, parameter.value, parameter.name)
    tape.parameters[i] = parameter
    return i
