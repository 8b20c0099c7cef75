# hole: truncated
# says: the walk begins at the last loss of each window only: all of them count
def truncated(step, stream, start, parameters, k):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(losses[-1]))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states)
        yield total
