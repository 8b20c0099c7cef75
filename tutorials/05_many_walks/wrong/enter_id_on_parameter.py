# hole: enter
# says: an id belongs to a tape: on another tape it stands for something else
def enter(tape, parameter):
    known = getattr(parameter, "known", None)
    if known is None or not np.array_equal(parameter.entered, parameter.value):
        known = leaf(tape, parameter.value, parameter.name)
        parameter.known, parameter.entered = known, parameter.value
        tape.parameters[known] = parameter
    return known
