# hole: truncated
# says: the cut comes before the walk, which then finds nothing on the tape
def truncated(step, stream, start, parameters, k):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k)):
        losses, states = run_window(tape, step, parameters, window, states)
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states, *losses)
        collect(tape, walk(*losses))
        yield total
