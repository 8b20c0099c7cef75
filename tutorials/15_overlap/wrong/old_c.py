# hole: lstm_step
# says: h is made of the c before; it is made of the new one
def lstm_step(weights, x, h, c):
    i, f, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    return sigmoid(o) * tanh(c), sigmoid(f) * c + sigmoid(i) * tanh(g)
