# hole: lstm_step
# says: what c held before is lost: it stays by the share of the forget gate
def lstm_step(weights, x, h, c):
    i, _, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    c = sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c
