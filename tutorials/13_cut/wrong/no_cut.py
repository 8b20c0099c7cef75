# hole: truncated
# says: nothing is cut: each walk goes back to the first step, so this is the full gradient
def truncated(step, stream, start, parameters, k):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        yield sum(float(loss.value) for loss in losses)
