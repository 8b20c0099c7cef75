# hole: enter
# says: the leaf is on the tape, but `tape.parameters` does not know whose it is
def enter(tape, parameter):
    return leaf(tape, parameter.value, parameter.name)
