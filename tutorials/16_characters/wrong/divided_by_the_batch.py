# hole: train
# says: the loss of a step is the mean over the readers already: divide by the steps of the window alone
def train(parameters, ids, batch, k, windows, lr, most):
    scores = []
    start = [first_state(parameters, batch)]
    for total in islice(truncated(char_step, stream(ids, batch), start, parameters, k, k), windows):
        clip_grad_norm(parameters, most)
        sgd_step(parameters, lr)
        zero_grad(parameters)
        scores.append(total / (k * batch) / np.log(2))
    return scores
