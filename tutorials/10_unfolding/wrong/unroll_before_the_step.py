# hole: unroll
# says: these are the states before each input: append the new one
def unroll(tape, weights, xs, h):
    states = []
    for x in xs:
        mark(tape)
        states.append(h)
        h = rnn_step(weights, x, h)
    return states
