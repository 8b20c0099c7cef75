# hole: truncated
# says: only the newest loss is walked from: the other new ones never count
def truncated(step, stream, start, parameters, k1, k2):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k1)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(losses[-1]))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states, keep=k2 - k1)
        yield total
