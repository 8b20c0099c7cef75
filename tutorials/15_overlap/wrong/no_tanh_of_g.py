# hole: lstm_step
# says: what is added to c is a share of tanh(g), and not of g
def lstm_step(weights, x, h, c):
    i, f, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    c = sigmoid(f) * c + sigmoid(i) * g
    return sigmoid(o) * tanh(c), c
