# hole: truncated
# says: everything is cut after each walk: these are windows of k1 steps
def truncated(step, stream, start, parameters, k1, k2):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k1)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states)
        yield total
