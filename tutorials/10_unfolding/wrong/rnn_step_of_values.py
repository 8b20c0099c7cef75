# hole: rnn_step
# says: the old state's .value is a constant to the tape: the gradient stops here
def rnn_step(weights, x, h):
    U, W, b = weights
    return tanh(x @ U + h.value @ W + b)
