# hole: truncated
# says: the gradient is added to what is there: forgetting it is the business of the loop that takes the sums
def truncated(step, stream, start, parameters, k):
    tape = Tape()
    states = [tensor(tape, value) for value in start]
    items = iter(stream)
    while window := list(islice(items, k)):
        for each in parameters:
            each.grad = None
        losses, states = run_window(tape, step, parameters, window, states)
        collect(tape, walk(*losses))
        total = float(sum(loss.value for loss in losses))
        cut(tape, *states)
        yield total
