# hole: checkpointed
# says: the segments begin at 0, segment, 2 · segment, …, where the states were saved: only the last one may be shorter
def checkpointed(step, items, start, parameters, segment):
    saved = forward_states(step, items, start, parameters, segment)
    received, total = [None for _ in start], 0.0
    for values, n in zip(reversed(saved), range(len(items) - segment, -1, -segment)):
        loss, received = segment_walk(step, items[n : n + segment], values, parameters, received)
        total += loss
    return total
