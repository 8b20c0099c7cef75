# hole: lstm_step
# says: g is what is added to the store, and no share: it gets tanh, the three others get sigmoid
def lstm_step(weights, x, h, c):
    i, f, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    c = sigmoid(f) * c + sigmoid(i) * sigmoid(g)
    return sigmoid(o) * tanh(c), c
