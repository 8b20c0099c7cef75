# hole: lstm_step
# says: the states are in the wrong order: h comes first, then c
def lstm_step(weights, x, h, c):
    i, f, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return c, sigmoid(o) * tanh(c)
