# hole: truncated
# says: the states are put on the tape anew, so the gradient is right, and the old records stay there for ever: cut
def truncated(step, stream, start, parameters, k):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    while window := list(islice(items, k)):
        losses, states = run_window(tape, step, parameters, window, states)
        found = walk(*losses)
        for parameter in parameters:
            g = found[tensor(tape, parameter).i]
            parameter.grad = g if parameter.grad is None else parameter.grad + g
        states = [tensor(tape, state.value) for state in states]
        yield sum(float(loss.value) for loss in losses)
