# hole: forward_states
# says: the arrays themselves were saved, and advance writes over them: save copies
def forward_states(step, items, start, parameters, segment):
    running = [np.array(value, "float64") for value in start]
    saved = [list(running)]
    for end in range(segment, len(items), segment):
        for item in items[end - segment : end]:
            advance(step, item, running, parameters)
        saved.append(list(running))
    return saved
