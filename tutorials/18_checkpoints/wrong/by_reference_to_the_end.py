# hole: forward_states
# says: one list was saved again and again, and advance writes into it: save copies; and the last segment is not run
def forward_states(step, items, start, parameters, segment):
    running = [np.array(value, "float64") for value in start]
    saved = []
    for begin in range(0, len(items), segment):
        saved.append(running)
        for item in items[begin : begin + segment]:
            advance(step, item, running, parameters)
    return saved
