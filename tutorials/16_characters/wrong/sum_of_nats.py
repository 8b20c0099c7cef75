# hole: train
# says: this is the sum of a window in nats; the score is the mean of its characters in bits
def train(parameters, ids, batch, k, windows, lr, most):
    sums = []
    learning = truncated(char_step, stream(ids, batch), [first_state(parameters, batch)], parameters, k, k)
    for total in islice(learning, windows):
        clip_grad_norm(parameters, most)
        sgd_step(parameters, lr)
        zero_grad(parameters)
        sums.append(total)
    return sums
