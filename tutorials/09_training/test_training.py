"""Checks of chapter 9."""

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import Wrong, ask, equal, text


def loss_of(exercise, function, values, target):
    """The tensor that a loss gives for these values, its tape's leaf, and the call as text."""
    x = exercise.tensor(exercise.Tape(), values)
    asked = f"{function.__name__}({text(values)}, {text(target)}), of shape {values.shape}"
    answer = ask(function, x, target, asked=asked)
    right = "a tensor, so that one can walk back from it"
    if not isinstance(answer.does(right), exercise.Tensor):
        raise Wrong(asked, text(answer.value), right)
    return answer.value, x, asked


def check_value(exercise, function, values, target, right):
    loss, _, asked = loss_of(exercise, function, values, target)
    equal(f"the value of {asked}", loss.value, np.float64(right))


def check_gradient(exercise, function, values, target, right):
    loss, x, asked = loss_of(exercise, function, values, target)
    cotangents = ask(exercise.walk, loss, asked=f"a walk back from {asked}").value
    equal(f"the cotangent of the first argument of {asked}", cotangents.get(x.i), right)


def test_mse__one_column(exercise, rng):
    p, y = rng.normal(size=(2, 3, 1))
    check_value(exercise, exercise.mse, p, y, np.mean((p - y) ** 2))


def test_mse__several_columns(exercise, rng):
    p, y = rng.normal(size=(2, 2, 3))
    check_value(exercise, exercise.mse, p, y, np.mean((p - y) ** 2))


def test_mse__gradient(exercise, rng):
    p, y = rng.normal(size=(2, 2, 3))
    check_gradient(exercise, exercise.mse, p, y, 2 * (p - y) / 6)


def right_cross_entropy(z, one_hot):
    return np.mean(np.logaddexp.reduce(z, axis=1) - np.sum(z * one_hot, axis=1))


def test_cross_entropy__one_row(exercise, rng):
    z = rng.normal(size=(1, 3))
    one_hot = np.eye(3)[[rng.integers(3)]]
    check_value(exercise, exercise.cross_entropy, z, one_hot, right_cross_entropy(z, one_hot))


def test_cross_entropy__rows(exercise, rng):
    z = rng.normal(size=(4, 3))
    one_hot = np.eye(3)[[2, 0, 0, 1]]
    check_value(exercise, exercise.cross_entropy, z, one_hot, right_cross_entropy(z, one_hot))


def test_cross_entropy__gradient(exercise, rng):
    z = rng.normal(size=(4, 3))
    one_hot = np.eye(3)[[2, 0, 0, 1]]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    check_gradient(exercise, exercise.cross_entropy, z, one_hot, (p - one_hot) / 4)


def test_cross_entropy__large_logits(exercise):
    z, one_hot = np.array([[800.0, 799.0], [-799.0, -800.0]]), np.eye(2)
    check_value(exercise, exercise.cross_entropy, z, one_hot, np.log1p(np.exp(-1)) / 2 + np.log1p(np.exp(1)) / 2)


def test_cross_entropy__sure_and_wrong(exercise):
    z, one_hot = np.array([[1000.0, 0.0], [1000.0, 0.0]]), np.eye(2)
    check_value(exercise, exercise.cross_entropy, z, one_hot, 500.0)
    check_gradient(exercise, exercise.cross_entropy, z, one_hot, np.array([[0.0, 0.0], [0.5, -0.5]]))


def parameter(exercise, value, grad):
    found = exercise.Parameter(value)
    found.grad = grad
    return found


def test_sgd_step__values(exercise, rng):
    values, grads = [rng.normal(size=(2, 2)), rng.normal(size=3)], [rng.normal(size=(2, 2)), rng.normal(size=3)]
    parameters = [parameter(exercise, v.copy(), g.copy()) for v, g in zip(values, grads)]
    asked = f"the values after sgd_step(lr=0.1), from values {text(values)} with gradients {text(grads)}"
    ask(exercise.sgd_step, parameters, 0.1, asked=asked).gives(None)
    equal(asked, [p.value for p in parameters], [v - 0.1 * g for v, g in zip(values, grads)])
    equal("the gradients after sgd_step", [p.grad for p in parameters], grads)


def test_sgd_step__old_array(exercise):
    held, grad = np.array([1.0, 2.0]), np.array([10.0, 20.0])
    p = parameter(exercise, held, grad)
    ask(exercise.sgd_step, [p], 0.1, asked="sgd_step(lr=0.1)").gives(None)
    equal("the value, 1 and 2, after sgd_step(lr=0.1) with the gradient 10 and 20", p.value, np.array([0.0, 0.0]))
    equal("the array that the parameter held before sgd_step, which a tape may hold", held, np.array([1.0, 2.0]))
    equal("the array of the gradient, after sgd_step", grad, np.array([10.0, 20.0]))


def test_sgd_step__no_gradient(exercise):
    p, q = parameter(exercise, [1.0, 2.0], None), parameter(exercise, [3.0], np.array([5.0]))
    asked = "sgd_step(lr=0.1) of two parameters, of which the first has no gradient (None)"
    ask(exercise.sgd_step, [p, q], 0.1, asked=asked).gives(None)
    equal(f"the values after {asked}", [p.value, q.value], [np.array([1.0, 2.0]), np.array([2.5])])


def training(exercise, rng, lr=0.2, count=3):
    """Parameters, batches, and minigrad's losses and values for them."""
    parameters = exercise.initial(rng, inputs=2, hidden=3)
    data = [(rng.normal(size=(4, 2)), rng.normal(size=(4, 1))) for _ in range(count)]
    w, b, v, c = weights = [mg.parameter(p.value.copy()) for p in parameters]
    optimizer = mg.optim.SGD(weights, lr)
    losses = []
    for x, y in data:
        with mg.Tape() as tape:
            loss = mg.square(mg.tanh(x @ w + b) @ v + c - y).sum() / len(y)
            tape.backward(loss)
        losses.append(float(loss))
        optimizer.step()
    return parameters, data, losses, [each.numpy() for each in weights]


def test_train__losses(exercise, rng):
    parameters, data, losses, _ = training(exercise, rng)
    ask(exercise.train, parameters, data, 0.2, asked="train on three batches with lr=0.2").gives(losses)


def test_train__values(exercise, rng):
    parameters, data, _, values = training(exercise, rng)
    asked = "train on three batches with lr=0.2"
    _ = ask(exercise.train, parameters, iter(data), 0.2, asked=asked).value
    equal(f"the parameters after {asked}", [p.value for p in parameters], values)


def test_train__a_tape_for_each_batch(exercise, rng):
    parameters, data, *_ = training(exercise, rng, count=5)
    one = exercise.Tape()
    x, y = data[0]
    exercise.mse(exercise.network([exercise.tensor(one, p) for p in parameters], x), y)
    made, tapes = exercise.Tape, []
    exercise.Tape = lambda: tapes.append(made()) or tapes[-1]
    try:
        _ = ask(exercise.train, parameters, data, 0.2, asked="train on five batches").value
    finally:
        exercise.Tape = made
    longest = max((len(tape.records) for tape in tapes), default=0)
    equal("the number of records on the longest tape, after train on five batches", longest, len(one.records))


def predicted(exercise):
    """The cross-entropy of ten equal logits."""
    logits = exercise.tensor(exercise.Tape(), np.zeros((1, 10)))
    return f"{float(exercise.cross_entropy(logits, np.eye(10)[:1]).value):.3f}"
