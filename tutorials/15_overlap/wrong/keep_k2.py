# hole: truncated
# says: k2 steps are kept, and k1 come: the walk goes back k1 + k2 steps
def truncated(step, stream, start, parameters, k1, k2):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k1)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states, keep=k2)
        yield total
