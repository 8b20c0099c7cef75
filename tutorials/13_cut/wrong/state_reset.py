# hole: truncated
# says: each window begins from `start` again: the value of the state goes on, only its history does not
def truncated(step, stream, start, parameters, k):
    tape, items = Tape(), iter(stream)
    while window := list(islice(items, k)):
        states = [tensor(tape, value) for value in start]
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states)
        yield total
