# hole: truncated
# says: after the cut the losses have no value any more: take the sum as a float before it
def truncated(step, stream, start, parameters, k):
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    items = iter(stream)
    while window := list(islice(items, k)):
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        cut(tape, *states)
        yield float(sum(loss.value for loss in losses))
