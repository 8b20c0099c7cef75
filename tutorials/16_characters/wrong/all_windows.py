# hole: train
# says: this takes all of a stream that has no end, in a list or a loop: take window after window, and only so many
def train(parameters, ids, batch, k, windows, lr, most):
    bits = []
    for total in truncated(char_step, stream(ids, batch), [first_state(parameters, batch)], parameters, k, k):
        clip_grad_norm(parameters, most)
        sgd_step(parameters, lr)
        zero_grad(parameters)
        bits.append(total / k / float(np.log(2)))
    return bits[:windows]
