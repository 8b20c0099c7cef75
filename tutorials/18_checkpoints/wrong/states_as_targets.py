# hole: segment_walk
# says: the walk began at the last states with ones: they begin with what they have received
def segment_walk(step, items, values, parameters, received):
    tape, first, losses, last = recorded_segment(step, items, values, parameters)
    cotangents = walk(*losses, *last)
    collect(tape, cotangents)
    return sum(float(loss.value) for loss in losses), [cotangents.get(state.i) for state in first]
