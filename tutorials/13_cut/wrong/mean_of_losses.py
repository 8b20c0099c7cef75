# hole: truncated
# says: the sum of the window's losses is asked for: this is their mean
def truncated(step, stream, start, parameters, k):
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    items = iter(stream)
    while window := list(islice(items, k)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        mean = float(np.mean([loss.value for loss in losses]))
        cut(tape, *states)
        yield mean
