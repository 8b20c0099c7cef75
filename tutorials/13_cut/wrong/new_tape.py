# hole: truncated
# says: each window has a tape of its own, and counts its steps from 1: one tape goes on, and is cut
def truncated(step, stream, start, parameters, k):
    items = iter(stream)
    while window := list(islice(items, k)):
        tape = Tape()
        states = [tensor(tape, value) for value in start]
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        start = [state.value for state in states]
        yield sum(float(loss.value) for loss in losses)
