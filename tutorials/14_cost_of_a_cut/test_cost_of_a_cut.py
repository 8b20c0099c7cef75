"""Checks of chapter 14."""

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import ask, equal

T, H0 = 9, 0.3


# ---- kernel ----


def share(j, k):
    """The share of the places in a window of k, counted out, from which the step j before is in the window."""
    return sum(place - j >= 0 for place in range(k)) / k


def test_kernel__the_first_lag(exercise):
    ask(exercise.kernel, 0, 4).gives(1.0)


def test_kernel__inside_the_window(exercise, rng):
    for j, k in ((1, 4), (3, 4), (2, 5)):
        ask(exercise.kernel, j, k).gives(share(j, k))
    k = int(rng.integers(20, 40))
    ask(exercise.kernel, k - 7, k).gives(share(k - 7, k))


def test_kernel__a_window_of_one(exercise):
    ask(exercise.kernel, 0, 1).gives(1.0)


def test_kernel__behind_the_window(exercise):
    for j, k in ((4, 4), (5, 4), (90, 10), (1, 1)):
        ask(exercise.kernel, j, k).gives(0.0)


# ---- lag_gradients ----


def chain(rng):
    """Weight and stream of a chain ``h = tanh(a h + x)`` with the loss ``(h - y)²``."""
    return float(rng.uniform(0.7, 1.1)), [tuple(map(float, pair)) for pair in rng.normal(size=(T, 2))]


def chain_step(e):
    def step(weights, item, states):
        (a,), (x, y), (h,) = weights, item, states
        h = e.tanh(a * h + x)
        return e.square(h - y), [h]

    return step


def chain_lags(a, stream):
    """The gradient by lag, from the formula."""
    hs = [H0]
    for x, _ in stream:
        hs.append(np.tanh(a * hs[-1] + x))
    g = np.zeros(len(stream))
    for t in range(1, len(hs)):
        cotangent = 2 * (hs[t] - stream[t - 1][1])
        for j in range(t):
            cotangent *= 1 - hs[t - j] ** 2
            g[j] += cotangent * hs[t - j - 1]
            cotangent *= a
    return g


def test_lag_gradients__one_step(exercise, rng):
    a, stream = chain(rng)
    asked = f"lag_gradients(step, stream, [{H0}], a) on a chain of 1 step"
    found = ask(exercise.lag_gradients, chain_step(exercise), stream[:1], [H0], a, asked=asked).value
    equal(asked, found, list(chain_lags(a, stream[:1])))


def test_lag_gradients__a_chain(exercise, rng):
    a, stream = chain(rng)
    asked = f"lag_gradients(step, stream, [{H0}], a) on a chain of {T} steps"
    found = ask(exercise.lag_gradients, chain_step(exercise), stream, [H0], a, asked=asked).value
    equal(asked, found, list(chain_lags(a, stream)))


def test_lag_gradients__a_network(exercise, rng):
    W, start, xs = rng.normal(size=(3, 3)) * 0.6, rng.normal(size=(2, 3)), rng.normal(size=(6, 2, 3))

    def step(weights, x, states):
        (w,), (h,) = weights, states
        h = exercise.tanh(x + h @ w)
        return exercise.square(h).sum(), [h]

    w = mg.parameter(W)

    def minigrads(x, h):
        h = mg.tanh(x + h @ w)
        return mg.square(h).sum(), h

    lags = mg.bptt.measure_lags(minigrads, xs, mg.tensor(start), [w])
    asked = "lag_gradients(step, stream, [h], W) on a network with 6 steps: {}"
    found = ask(exercise.lag_gradients, step, list(xs), [start], W, asked=asked.format("all")).value
    equal(asked.format("how many arrays there are"), len(found) if isinstance(found, list) else found, 6)
    for j, each in enumerate(found):
        equal(asked.format(f"g_{j}"), each, lags.g[j].reshape(3, 3) * 6)  # minigrad has the mean of the losses


def test_lag_gradients__a_weight_that_a_step_leaves_out(exercise):
    def step(weights, used, states):
        (w,), (h,) = weights, states
        h = h + w if used else h + 1.0
        return h * 1.0, [h]

    asked = "lag_gradients(step, [True, False, True], [0.0], 2.0), where the second step does not use the weight"
    found = ask(exercise.lag_gradients, step, [True, False, True], [0.0], 2.0, asked=asked).value
    equal(asked, found, [2.0, 1.0, 1.0])


def test_lag_gradients__the_balance(exercise):
    right = balance(5)
    asked = "lag_gradients(balance_step, first_unit(5), [ones], 0.5)"
    start = [np.ones((exercise.UNITS, 1))]
    found = ask(exercise.lag_gradients, exercise.balance_step, exercise.first_unit(5), start, 0.5, asked=asked).value
    equal(asked, found, right)


def test_lag_gradients__the_kernel_predicts(exercise, rng):
    a, stream = chain(rng)
    found = ask(exercise.lag_gradients, chain_step(exercise), stream, [H0], a, asked="lag_gradients(…)").value
    for k in (2, 5):
        asked = f"the sum of kernel(j, {k}) g_j, which is the mean gradient of TBPTT({k}) over its windows' places"
        yours = ask(lambda k=k: float(sum(exercise.kernel(j, k) * g for j, g in enumerate(found))), asked=asked)
        yours.gives(float(np.mean([windowed(a, stream, k, offset) for offset in range(k)])))


def windowed(a, stream, k, offset):
    """The gradient of the chain in windows of k steps, the first of which has begun ``offset`` steps before."""
    total, h = 0.0, H0
    slope = 0.0  # of h by a, from the start of the window on
    for n, (x, y) in enumerate(stream):
        slope = 0.0 if (n + offset) % k == 0 else slope
        before, h = h, np.tanh(a * h + x)
        slope = (1 - h**2) * (before + a * slope)
        total += 2 * (h - y) * slope
    return total


# ---- sign_turns_at ----


def balance(steps):
    """What the push of j steps ago adds to the first unit, for j = 0, 1, …, by powers of the matrix."""
    passed_on = 0.5 * np.eye(23) + 0.5 * np.diag(np.ones(22), 1)
    push = np.array([1.0] * 10 + [-1.0] * 13)
    return [float((np.linalg.matrix_power(passed_on, j) @ push)[0]) for j in range(steps)]


def turn(by_lag):
    """The smallest k, word for word."""
    sums = [sum(by_lag[:k]) for k in range(1, len(by_lag) + 1)]
    return next(k for k in range(1, len(sums) + 1) if all(each * sums[-1] > 0 for each in sums[k - 1 :]))


def test_sign_turns_at__it_turns_once(exercise):
    for by_lag in ([1.0, 2.0, -5.0, 1.0], [-1.0, -1.0, 5.0], [-1.0, 3.0]):
        ask(exercise.sign_turns_at, by_lag).gives(turn(by_lag))


def test_sign_turns_at__it_never_turns(exercise):
    for by_lag in ([2.0, -1.0, 0.5], [-3.0]):
        ask(exercise.sign_turns_at, by_lag).gives(1)


def test_sign_turns_at__it_turns_more_than_once(exercise):
    for by_lag in ([1.0, -3.0, 4.0, -5.0, 1.0], [1.0, -2.0, 4.0, -4.0, 2.0, 3.0]):
        ask(exercise.sign_turns_at, by_lag).gives(turn(by_lag))


def test_sign_turns_at__zero_has_no_sign(exercise):
    ask(exercise.sign_turns_at, [1.0, -1.0, 2.0]).gives(turn([1.0, -1.0, 2.0]))


def test_sign_turns_at__the_balance(exercise):
    by_lag = balance(100)
    asked = "sign_turns_at(by_lag), the lags of the first unit over 100 steps"
    ask(exercise.sign_turns_at, by_lag, asked=asked).gives(turn(by_lag))


def predicted(exercise):
    return f"{sum(exercise.kernel(j, 10) for j in range(10)):g}"
