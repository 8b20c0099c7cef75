# hole: segment_walk
# says: what the later segments found did not go in: that is a cut at each border, and no full gradient
def segment_walk(step, items, values, parameters, received):
    tape, first, losses, last = recorded_segment(step, items, values, parameters)
    cotangents = walk(*losses)
    collect(tape, cotangents)
    return sum(float(loss.value) for loss in losses), [cotangents.get(state.i) for state in first]
