# hole: thrown_away
# says: this is all that the second window's losses owe to the parameters, their own steps too
def thrown_away(step, before, after, start, parameters):
    tape = Tape()
    _, ends = run_window(tape, step, parameters, before, [tensor(tape, value) for value in start])
    losses, _ = run_window(tape, step, parameters, after, ends)
    found = walk(*losses)
    return [found.get(tensor(tape, each).i, np.zeros_like(each.value)) for each in parameters]
