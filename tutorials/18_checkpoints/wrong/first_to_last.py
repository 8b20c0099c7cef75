# hole: checkpointed
# says: the segments were walked from the first to the last: what a segment receives comes from the one after it
def checkpointed(step, items, start, parameters, segment):
    saved = forward_states(step, items, start, parameters, segment)
    received = [None] * len(start)
    total = 0.0
    for n in range(len(saved)):
        part = items[n * segment : (n + 1) * segment]
        loss, received = segment_walk(step, part, saved[n], parameters, received)
        total += loss
    return total
