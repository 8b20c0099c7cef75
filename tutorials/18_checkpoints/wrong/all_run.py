# hole: forward_states
# says: the last segment was run too: its states are not needed now, segment_walk runs it anyway
def forward_states(step, items, start, parameters, segment):
    running = [np.array(value, "float64") for value in start]
    saved = []
    for n, item in enumerate(items):
        if n % segment == 0:
            saved.append([array.copy() for array in running])
        advance(step, item, running, parameters)
    return saved
