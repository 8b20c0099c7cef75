# hole: train
# says: the loop asked truncated for one window too many before it stopped: islice(…, windows) ends without asking
def train(parameters, ids, batch, k, windows, lr, most):
    scores = []
    start = [first_state(parameters, batch)]
    for total, _ in zip(truncated(char_step, stream(ids, batch), start, parameters, k, k), range(windows)):
        clip_grad_norm(parameters, most)
        sgd_step(parameters, lr)
        zero_grad(parameters)
        scores.append(total / k / np.log(2))
    return scores
