"""Checks of chapter 12."""

import numpy as np

from minigrad.tutorials.asking import ask, equal, text

TINY = 1e-30  # a step into the complex plane, which rounds nothing


def jacobian(f, x):
    """Of f at the vector x, exactly: row i, column j has the derivative of f(x)[i] by x[j]."""
    return np.stack([f(x + 1j * TINY * unit).imag / TINY for unit in np.eye(len(x))], axis=1)


def network(rng, steps, n=3):
    """Weights, what is added in each step, and the states from the first one on."""
    W, added = rng.normal(size=(n, n)), 0.5 * rng.normal(size=(steps, n))
    states = [0.5 * rng.normal(size=n)]
    for each in added:
        states.append(np.tanh(states[-1] @ W + each))
    return W, added, states


def test_state_jacobian__one_unit(exercise, rng):
    W, added, (before, h) = network(rng, steps=1, n=1)
    ask(exercise.state_jacobian, W, h).gives(jacobian(lambda x: np.tanh(x @ W + added[0]), before))


def test_state_jacobian__three_units(exercise, rng):
    W, added, (before, h) = network(rng, steps=1)
    ask(exercise.state_jacobian, W, h).gives(jacobian(lambda x: np.tanh(x @ W + added[0]), before))


def check_norms(exercise, W, added, states):
    """Each number against the Jacobian of the rest of the run."""
    steps = len(added)
    asked = f"norms_back(W, states), {len(W)} {'unit' if len(W) == 1 else 'units'}, states h_0 to h_{steps}"
    norms = ask(exercise.norms_back, W, states, asked=asked).value
    numbers = list(norms) if isinstance(norms, (list, tuple, np.ndarray)) else norms
    right = []
    for j in range(steps + 1):

        def rest(h, first=steps - j):
            for each in added[first:]:
                h = np.tanh(h @ W + each)
            return h

        right.append(float(np.linalg.norm(jacobian(rest, states[steps - j]), 2)))
    equal(asked, numbers, right)


def test_norms_back__one_unit(exercise, rng):
    check_norms(exercise, *network(rng, steps=2, n=1))


def test_norms_back__one_step(exercise, rng):
    check_norms(exercise, *network(rng, steps=1))


def test_norms_back__steps(exercise, rng):
    check_norms(exercise, *network(rng, steps=4))


def test_norms_back__no_step(exercise, rng):
    check_norms(exercise, *network(rng, steps=0))


def given(exercise, *grads):
    """Parameters with these gradients."""
    found = []
    for grad in grads:
        parameter = exercise.Parameter(np.zeros(np.shape(grad)))
        parameter.grad = None if grad is None else np.array(grad, "float64")
        found.append(parameter)
    return found


def clipped(exercise, parameters, most):
    """What clip_grad_norm returns, the gradients after it, and the call as text."""
    asked = f"clip_grad_norm(parameters, {most}) with the gradients {text([p.grad for p in parameters])}"
    answer = ask(exercise.clip_grad_norm, parameters, most, asked=asked)
    return answer, [p.grad for p in parameters], asked


def test_clip_grad_norm__returns_the_norm(exercise):
    answer, *_ = clipped(exercise, given(exercise, [2.0, 3.0], [[6.0]]), 100.0)
    answer.gives(7.0)


def test_clip_grad_norm__small_gradients(exercise):
    _, grads, asked = clipped(exercise, given(exercise, [3.0], [4.0]), 10.0)
    equal(f"the gradients after {asked}", grads, [np.array([3.0]), np.array([4.0])])


def test_clip_grad_norm__large_gradients(exercise):
    answer, grads, asked = clipped(exercise, given(exercise, [2.0, -3.0], [[6.0]]), 0.7)
    equal(f"the gradients after {asked}", grads, [np.array([0.2, -0.3]), np.array([[0.6]])])
    answer.gives(7.0)


def test_clip_grad_norm__each_below_and_all_above(exercise):
    answer, grads, asked = clipped(exercise, given(exercise, [3.0], [4.0]), 4.5)
    equal(f"the gradients after {asked}", grads, [np.array([2.7]), np.array([3.6])])
    answer.gives(5.0)


def test_clip_grad_norm__no_gradient(exercise):
    answer, grads, asked = clipped(exercise, given(exercise, None, [6.0, 8.0]), 5.0)
    answer.gives(10.0)
    equal(f"the gradients after {asked}", grads, [None, np.array([3.0, 4.0])])
    clipped(exercise, given(exercise, [0.0, 0.0]), 1.0)[0].gives(0.0)


def test_clip_grad_norm__held_arrays(exercise):
    parameters = given(exercise, [6.0, 8.0])
    held = parameters[0].grad
    _, grads, asked = clipped(exercise, parameters, 5.0)
    equal(f"the gradient after {asked}", grads[0], np.array([3.0, 4.0]))
    equal(f"the array that was the gradient before {asked}", held, np.array([6.0, 8.0]))


def test_clip_grad_norm__numbers(exercise, rng):
    arrays = [rng.normal(size=(2, 3)), rng.normal(size=4), rng.normal(size=())]
    norm = float(np.linalg.norm(np.concatenate([a.ravel() for a in arrays])))
    answer, grads, asked = clipped(exercise, given(exercise, *arrays), 0.5)
    answer.gives(norm)
    equal(f"the gradients after {asked}", [np.asarray(g) for g in grads], [a * 0.5 / norm for a in arrays])


def predicted(exercise):
    """The derivative of a unit's state by that of ten steps before."""
    return f"{exercise.norms_back(np.array([[1.5]]), [np.array([0.6])] * 11)[-1]:.2f}"
