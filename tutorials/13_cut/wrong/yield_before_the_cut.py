# hole: truncated
# says: the sum is yielded before the cut, so the whole window is still on the tape while the caller has its turn
def truncated(step, stream, start, parameters, k):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        yield sum(float(loss.value) for loss in losses)
        cut(tape, *states)
