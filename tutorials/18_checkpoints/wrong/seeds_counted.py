# hole: segment_walk
# says: the numbers that were made for the walk are no losses: only the segment's losses are in the sum
def segment_walk(step, items, values, parameters, received):
    tape, first, losses, last = recorded_segment(step, items, values, parameters)
    losses += [(state * g).sum() for state, g in zip(last, received, strict=True) if g is not None]
    cotangents = walk(*losses)
    collect(tape, cotangents)
    return sum(float(loss.value) for loss in losses), [cotangents.get(state.i) for state in first]
