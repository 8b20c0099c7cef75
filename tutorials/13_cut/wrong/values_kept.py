# hole: cut
# says: the records are gone, and their values are still there: memory grows with every step
def cut(tape, *states):
    tape.records = []
    tape.parameters = {}
