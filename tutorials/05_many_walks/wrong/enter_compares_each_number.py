# hole: enter
# says: `==` on arrays says yes or no for each number: np.array_equal compares the two as a whole
def enter(tape, parameter):
    for i, each in tape.parameters.items():
        if each is parameter and tape.values[i] == parameter.value:
            return i
    i = leaf(tape, parameter.value, parameter.name)
    tape.parameters[i] = parameter
    return i
