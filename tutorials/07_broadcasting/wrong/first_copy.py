# hole: unbroadcast
# says: that is what one of the copies received: take the sum over all of them
def unbroadcast(g, shape):
    for _ in range(g.ndim - len(shape)):
        g = g[0]
    return g[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]
