# hole: train
# says: each window begins at the start of the text and from the first state: one stream goes on
def train(parameters, ids, batch, k, windows, lr, most):
    bits = []
    for _ in range(windows):
        start = [first_state(parameters, batch)]
        total = next(truncated(char_step, stream(ids, batch), start, parameters, k, k))
        clip_grad_norm(parameters, most)
        sgd_step(parameters, lr)
        zero_grad(parameters)
        bits.append(total / k / float(np.log(2)))
    return bits
