# hole: segment_walk
# says: the cotangents of the states after the segment were returned: the segment before it needs those of the first
def segment_walk(step, items, values, parameters, received):
    tape, first, losses, last = recorded_segment(step, items, values, parameters)
    seeds = [(state * g).sum() for state, g in zip(last, received, strict=True) if g is not None]
    cotangents = walk(*losses, *seeds)
    collect(tape, cotangents)
    return sum(float(loss.value) for loss in losses), [cotangents.get(state.i) for state in last]
