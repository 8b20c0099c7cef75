# hole: unroll
# says: one mark before the loop makes one long step: each input is a step
def unroll(tape, weights, xs, h):
    states = []
    mark(tape)
    for x in xs:
        h = rnn_step(weights, x, h)
        states.append(h)
    return states
