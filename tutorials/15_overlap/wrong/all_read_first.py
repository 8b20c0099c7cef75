# hole: truncated
# says: the whole stream is read before the first window: a stream without end never gets there
def truncated(step, stream, start, parameters, k1, k2):
    tape, items = Tape(), list(stream)
    states = [tensor(tape, value) for value in start]
    for n in range(0, len(items), k1):
        losses, states = run_window(tape, step, parameters, items[n : n + k1], states)
        collect(tape, walk(*losses))
        total = sum(float(loss.value) for loss in losses)
        cut(tape, *states, keep=k2 - k1)
        yield total
