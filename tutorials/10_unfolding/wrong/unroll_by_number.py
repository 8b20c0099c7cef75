# hole: unroll
# says: the inputs may come from anything that can be looped over, which need not know its length: `for x in xs`
def unroll(tape, weights, xs, h):
    states = []
    for t in range(len(xs)):
        mark(tape)
        h = rnn_step(weights, xs[t], h)
        states.append(h)
    return states
