# hole: reset
# says: the zeros were written into the value, where no walk sees them: a reset is an operation on the tape
def reset(states, first):
    for state in states:
        state.value[first] = 0.0
    return list(states)
