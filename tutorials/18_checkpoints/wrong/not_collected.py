# hole: segment_walk
# says: the walk found gradients, and they were not collected: the parameters have none
def segment_walk(step, items, values, parameters, received):
    tape, first, losses, last = recorded_segment(step, items, values, parameters)
    seeds = [(state * g).sum() for state, g in zip(last, received, strict=True) if g is not None]
    cotangents = walk(*losses, *seeds)
    return sum(float(loss.value) for loss in losses), [cotangents.get(state.i) for state in first]
