# hole: rnn_step
# says: x and h have a row for each sequence, so they stand at the left: x @ U, h @ W
def rnn_step(weights, x, h):
    U, W, b = weights
    return tanh(U @ x + W @ h + b)
