# hole: truncated
# says: the losses of all steps on the tape are walked from, so that older ones count again: only the new ones
def truncated(step, stream, start, parameters, k1, k2):
    tape, items = Tape(), iter(stream)
    states = [tensor(tape, value) for value in start]
    losses = []
    while window := list(islice(items, k1)):
        new, states = run_window(tape, step, parameters, window, states)
        losses = [*losses, *new][-k2:]
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in new)
        losses = losses[max(0, len(losses) - (k2 - k1)) :]
        cut(tape, *states, keep=k2 - k1)
        yield total
