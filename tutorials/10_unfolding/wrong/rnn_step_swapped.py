# hole: rnn_step
# says: U is for the input, and W for the state
def rnn_step(weights, x, h):
    W, U, b = weights
    return tanh(x @ U + h @ W + b)
