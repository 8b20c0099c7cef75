# hole: checkpointed
# says: the gradient is right, but all steps were recorded at once: nothing was saved
def checkpointed(step, items, start, parameters, segment):
    forward_states(step, items, start, parameters, segment)
    return segment_walk(step, items, [np.array(each) for each in start], parameters, [None] * len(start))[0]
