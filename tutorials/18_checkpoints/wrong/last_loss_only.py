# hole: checkpointed
# says: this is the loss of the segment that was walked last alone: add those of all segments
def checkpointed(step, items, start, parameters, segment):
    saved = forward_states(step, items, start, parameters, segment)
    received = [None] * len(start)
    for n in reversed(range(len(saved))):
        part = items[n * segment : (n + 1) * segment]
        loss, received = segment_walk(step, part, saved[n], parameters, received)
    return loss
