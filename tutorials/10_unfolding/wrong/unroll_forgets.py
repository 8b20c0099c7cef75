# hole: unroll
# says: each step began from the first state again: the new state was not carried to the next step
def unroll(tape, weights, xs, h):
    states = []
    for x in xs:
        mark(tape)
        states.append(rnn_step(weights, x, h))
    return states
