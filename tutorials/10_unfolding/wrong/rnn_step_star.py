# hole: rnn_step
# says: "times" a matrix is `@` here: `*` multiplies number by number
def rnn_step(weights, x, h):
    U, W, b = weights
    return tanh(x * U + h * W + b)
