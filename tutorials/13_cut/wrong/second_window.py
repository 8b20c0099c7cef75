# hole: thrown_away
# says: this is what the second window keeps: the uses of the parameters in its own steps
def thrown_away(step, before, after, start, parameters):
    tape, later = Tape(), Tape()
    _, ends = run_window(tape, step, parameters, before, [tensor(tape, value) for value in start])
    losses, _ = run_window(later, step, parameters, after, [tensor(later, end.value) for end in ends])
    found = walk(*losses)
    return [found.get(tensor(later, each).i, np.zeros_like(each.value)) for each in parameters]
