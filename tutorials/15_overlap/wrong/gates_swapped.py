# hole: lstm_step
# says: the shares are swapped: f is for what c held, i is for what comes
def lstm_step(weights, x, h, c):
    i, f, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    c = sigmoid(i) * c + sigmoid(f) * tanh(g)
    return sigmoid(o) * tanh(c), c
