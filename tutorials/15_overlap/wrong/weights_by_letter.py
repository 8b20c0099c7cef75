# hole: lstm_step
# says: the weights are in threes, a U, a W and a b for each sum, and not four U first
def lstm_step(weights, x, h, c):
    U, W, b = weights[:4], weights[4:8], weights[8:]
    i, f, g, o = (x @ U[n] + h @ W[n] + b[n] for n in range(4))
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c
