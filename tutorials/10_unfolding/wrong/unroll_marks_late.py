# hole: unroll
# says: the mark came after the step's records, which belong to the step before then
def unroll(tape, weights, xs, h):
    states = []
    for x in xs:
        h = rnn_step(weights, x, h)
        mark(tape)
        states.append(h)
    return states
