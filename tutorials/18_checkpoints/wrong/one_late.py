# hole: forward_states
# says: the state after the first step of the segment was saved: save it before that step runs
def forward_states(step, items, start, parameters, segment):
    running = [np.array(value, "float64") for value in start]
    saved = []
    for n, item in enumerate(items):
        advance(step, item, running, parameters)
        if n % segment == 0:
            saved.append([array.copy() for array in running])
    return saved
