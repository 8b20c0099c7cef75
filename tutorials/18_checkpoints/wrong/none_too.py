# hole: segment_walk
# says: a state that received None was multiplied by it: nothing came to it, so it makes no target
def segment_walk(step, items, values, parameters, received):
    tape, first, losses, last = recorded_segment(step, items, values, parameters)
    seeds = [(state * g).sum() for state, g in zip(last, received, strict=True)]
    cotangents = walk(*losses, *seeds)
    collect(tape, cotangents)
    return sum(float(loss.value) for loss in losses), [cotangents.get(state.i) for state in first]
