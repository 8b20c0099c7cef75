# hole: enter
# says: tape.parameters has the parameter under the id, not the id under the parameter
def enter(tape, parameter):
    if parameter in tape.parameters:
        return tape.parameters[parameter]
    i = leaf(tape, parameter.value, parameter.name)
    tape.parameters[parameter] = i
    return i
