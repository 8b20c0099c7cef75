# hole: rnn_step
# says: the old state is missing, so the network remembers nothing
def rnn_step(weights, x, h):
    U, W, b = weights
    return tanh(x @ U + b)
