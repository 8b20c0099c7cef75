# hole: unroll
# says: the first state was given, and is after no input: it is one state too many
def unroll(tape, weights, xs, h):
    states = [h]
    for x in xs:
        mark(tape)
        h = rnn_step(weights, x, h)
        states.append(h)
    return states
