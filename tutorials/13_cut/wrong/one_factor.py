# hole: thrown_away
# says: this is how the states at the cut depend on the parameters; what the losses ask of the states is missing
def thrown_away(step, before, after, start, parameters):
    tape = Tape()
    _, ends = run_window(tape, step, parameters, before, [tensor(tape, value) for value in start])
    found = walk(*ends)
    return [found.get(tensor(tape, each).i, np.zeros_like(each.value)) for each in parameters]
