# hole: cut
# says: a dict must not lose entries while a loop goes over it: make a new dict, or loop over list(tape.values)
def cut(tape, *states):
    kept = {state.i for state in states}
    tape.records = []
    for each in (tape.values, tape.names, tape.parameters):
        for i in each:
            if i not in kept:
                del each[i]
