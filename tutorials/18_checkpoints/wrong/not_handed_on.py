# hole: checkpointed
# says: no segment received anything from the one after it: that is truncation, with checkpoints for nothing
def checkpointed(step, items, start, parameters, segment):
    saved = forward_states(step, items, start, parameters, segment)
    total = 0.0
    for n in reversed(range(len(saved))):
        part = items[n * segment : (n + 1) * segment]
        loss, _ = segment_walk(step, part, saved[n], parameters, [None] * len(start))
        total += loss
    return total
