# hole: mark
# says: the next number was computed, but the tape does not have it: change tape.step
def mark(tape):
    return tape.step + 1
