# hole: train
# says: the gradients are gone before they are used: nothing is learned
def train(parameters, ids, batch, k, windows, lr, most):
    bits = []
    learning = truncated(char_step, stream(ids, batch), [first_state(parameters, batch)], parameters, k, k)
    for total in islice(learning, windows):
        zero_grad(parameters)
        clip_grad_norm(parameters, most)
        sgd_step(parameters, lr)
        bits.append(total / k / float(np.log(2)))
    return bits
