# hole: segment_walk
# says: a state that the walk did not reach has no cotangent: that is said by None, not by 0
def segment_walk(step, items, values, parameters, received):
    tape, first, losses, states = recorded_segment(step, items, values, parameters)
    later = [(state * g).sum() for state, g in zip(states, received) if g is not None]
    cotangents = walk(*losses, *later)
    collect(tape, cotangents)
    return sum(float(loss.value) for loss in losses), [cotangents.get(state.i, 0.0) for state in first]
