# hole: train
# says: the gradients are clipped after they were used
def train(parameters, ids, batch, k, windows, lr, most):
    bits = []
    learning = truncated(char_step, stream(ids, batch), [first_state(parameters, batch)], parameters, k, k)
    for total in islice(learning, windows):
        sgd_step(parameters, lr)
        clip_grad_norm(parameters, most)
        zero_grad(parameters)
        bits.append(total / k / float(np.log(2)))
    return bits
