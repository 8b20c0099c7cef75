# hole: rnn_step
# says: tanh is missing: without it, the state can grow without end
def rnn_step(weights, x, h):
    U, W, b = weights
    return x @ U + h @ W + b
