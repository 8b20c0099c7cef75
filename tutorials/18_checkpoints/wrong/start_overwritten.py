# hole: forward_states
# says: the run went on in the arrays of start, and advance has written over them: run in copies
def forward_states(step, items, start, parameters, segment):
    running = start
    saved = [[array.copy() for array in running]]
    for end in range(segment, len(items), segment):
        for item in items[end - segment : end]:
            advance(step, item, running, parameters)
        saved.append([array.copy() for array in running])
    return saved
