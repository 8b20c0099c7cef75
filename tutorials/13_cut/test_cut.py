"""Checks of chapter 13."""

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import Wrong, ask, at_most, equal

T, H0 = 12, 0.3


# ---- a chain of one number: h = tanh(a h + x), loss (h - y)**2, which is 5 records a step ----


def chain_step(e):
    """The step on the engine of the exercise ``e``."""

    def step(weights, item, states):
        (a,), (x, y), (h,) = weights, item, states
        h = e.tanh(a * h + x)
        return e.square(h - y), [h]

    return step


def chain(rng, steps=T):
    """Weight and stream of a chain."""
    return float(rng.uniform(0.7, 1.1)), [tuple(map(float, pair)) for pair in rng.normal(size=(steps, 2))]


def chain_values(a, stream, h=H0):
    """The loss of each step."""
    losses = []
    for x, y in stream:
        h = np.tanh(a * h + x)
        losses.append(float((h - y) ** 2))
    return losses


def chain_gradient(a, stream, kept):
    """The sum over all pairs (loss of step t, use of a at step s) for which ``kept(t, s)``, counted from 1."""
    hs = [H0]
    for x, _ in stream:
        hs.append(np.tanh(a * hs[-1] + x))
    total = 0.0
    for t in range(1, len(hs)):
        cotangent = 2 * (hs[t] - stream[t - 1][1])
        for s in range(t, 0, -1):
            cotangent *= 1 - hs[s] ** 2
            total += kept(t, s) * cotangent * hs[s - 1]
            cotangent *= a
    return float(total)


def same_window(k):
    return lambda t, s: (t - 1) // k == (s - 1) // k


# ---- a network with two states: the second is a running mean of the first ----


def two_states(e):
    """The step on the engine of the exercise ``e``."""

    def step(weights, item, states):
        U, W, V = weights
        (x, y), (h, m) = item, states
        h = e.tanh(x @ U + h @ W + m)
        m = m * 0.5 + h * 0.5
        return e.square(h @ V + m.sum() - y).sum(), [h, m]

    return step


def network(e, rng, steps=7):
    """Parameters, stream and first states."""
    shapes = {"U": (2, 3), "W": (3, 3), "V": (3, 1)}
    parameters = [e.Parameter(rng.normal(size=shape) * 0.6, name) for name, shape in shapes.items()]
    stream = [(rng.normal(size=(4, 2)), rng.normal(size=(4, 1))) for _ in range(steps)]
    return parameters, stream, [rng.normal(size=(4, 3)), rng.normal(size=(4, 3))]


def minigrads(parameters, stream, start, k, lr=0.0):
    """The gradients and the sums of losses of each window, by minigrad; parameters learn with a rate ``lr``."""
    ps = [mg.parameter(p.value) for p in parameters]

    def step(item, states):
        (x, y), (h, m), (U, W, V) = item, states, ps
        h = mg.tanh(x @ U + h @ W + m)
        m = m * 0.5 + h * 0.5
        loss = mg.square(h @ V + m.sum() - y).sum()
        losses.append(float(loss))
        return loss, (h, m)

    gradients, sums, losses = [], [], []
    for _ in mg.truncated_bptt(step, stream, tuple(mg.tensor(s) for s in start), k1=k, reduction="sum"):
        gradients.append([np.array(p.grad) for p in ps])
        sums.append(sum(losses))
        losses.clear()
        for p, g in zip(ps, gradients[-1], strict=True):
            p.value = p.value - lr * g
            p.grad = None
    return gradients, sums


# ---- cut ----


def recorded(e, rng):
    """A tape with two steps, and their last states h and c."""
    tape = e.Tape()
    a = e.Parameter(rng.normal(), "a")
    h, c = e.tensor(tape, rng.normal(), "h"), e.tensor(tape, rng.normal(), "c")
    for _ in range(2):
        e.mark(tape)
        h, c = e.tanh(e.tensor(tape, a) * h + c), c * h
    tape.names[h.i] = "h'"
    return tape, a, h, c


def cut(exercise, tape, *states):
    """Cut, which returns nothing."""
    ask(exercise.cut, tape, *states, asked=f"cut(tape, {', '.join('hc'[: len(states)])})").gives(None)


def test_cut__no_records_are_left(exercise, rng):
    tape, _, h, c = recorded(exercise, rng)
    cut(exercise, tape, h, c)
    equal("tape.records after cut(tape, h, c)", tape.records, [])


def test_cut__the_states_stay(exercise, rng):
    tape, _, h, c = recorded(exercise, rng)
    right = {h.i: h.value, c.i: c.value}
    cut(exercise, tape, h, c)
    equal(f"tape.values after cut(tape, h, c), where h is %{h.i} and c is %{c.i}", tape.values, right)


def test_cut__names_and_parameters_of_the_rest_go(exercise, rng):
    tape, _, h, c = recorded(exercise, rng)
    cut(exercise, tape, h, c)
    equal("the ids in tape.parameters after cut(tape, h, c)", list(tape.parameters), [])
    equal(f"tape.names after cut(tape, h, c), where h is %{h.i} and is called h'", tape.names, {h.i: "h'"})


def test_cut__a_parameter_can_be_a_state(exercise):
    tape, first = exercise.Tape(), exercise.Parameter(0.5, "first")
    h = exercise.tensor(tape, first)
    cut(exercise, tape, h)
    equal("the ids in tape.parameters after cut(tape, h), where h is a parameter, %0", list(tape.parameters), [0])


def test_cut__counting_goes_on(exercise, rng):
    tape, _, h, c = recorded(exercise, rng)
    ids = tape.next_id
    cut(exercise, tape, h, c)
    equal("tape.step after cut(tape, h, c) after two steps", tape.step, 2)
    equal(f"tape.next_id after cut(tape, h, c), which was {ids} before", tape.next_id, ids)


def test_cut__the_gradient_stops(exercise, rng):
    tape, a, h, c = recorded(exercise, rng)
    cut(exercise, tape, h, c)
    loss = ask(lambda: exercise.tensor(tape, a) * h, asked="a * h, after cut(tape, h, c)").value
    reached = ask(
        lambda: sorted(exercise.walk(loss)), asked="the ids that a walk reaches from a * h, after cut(tape, h, c)"
    )
    reached.gives([h.i, loss.i - 1, loss.i])


# ---- truncated ----


class Once:
    """A stream that can be begun once: whoever begins it again and again would never come to its end."""

    def __init__(self, items):
        self.items = iter(items)
        self.begun = False

    def __iter__(self):
        if self.begun:
            raise RuntimeError("the stream was begun a second time: iter(stream) is made once, before the loop")
        self.begun = True
        return self.items


def run(exercise, a, stream, k, step=None):
    """The sums of the windows and the gradient of a chain."""
    parameter = exercise.Parameter(a, "a")
    sums = list(exercise.truncated(step or chain_step(exercise), Once(stream), [H0], [parameter], k))
    return sums, parameter.grad


def test_truncated__sums(exercise, rng):
    a, stream = chain(rng)
    losses = chain_values(a, stream)
    for k in (4, 5, 1, T, T + 3):
        right = [sum(losses[n : n + k]) for n in range(0, T, k)]
        asked = f"list(truncated(step, stream, [{H0}], [a], {k})) on a stream of {T} steps"
        ask(lambda k=k: run(exercise, a, stream, k)[0], asked=asked).gives(right)


def test_truncated__gradients(exercise, rng):
    a, stream = chain(rng)
    for k in (4, 5, 1, T, T + 3):
        asked = f"a.grad after list(truncated(step, stream, [{H0}], [a], {k})) on a stream of {T} steps"
        right = np.array(chain_gradient(a, stream, same_window(k)))
        ask(lambda k=k: run(exercise, a, stream, k)[1], asked=asked).gives(right)


def test_truncated__the_tape_stays_short(exercise, rng):
    a, stream = chain(rng, 60)
    records, values, steps = [], [], []

    def watched(weights, item, states):
        found = chain_step(exercise)(weights, item, states)
        tape = states[0].tape
        records.append(len(tape.records))
        values.append(len(tape.values))
        steps.append(tape.step)
        return found

    sums = ask(lambda: len(run(exercise, a, stream, 4, watched)[0]), asked="the number of windows of 4 in 60 steps")
    sums.gives(15)
    asked = "the most {} on the tape, of 60 steps of 5 operations each, in windows of 4"
    at_most(asked.format("records"), max(records, default=0), 20)
    at_most(asked.format("values"), max(values), 50)
    equal("the number that the tape gives the last of 60 steps, in windows of 4", steps[-1], 60)


def test_truncated__cut_before_the_caller_has_its_turn(exercise, rng):
    a, stream = chain(rng, 8)
    tapes = []

    def watched(weights, item, states):
        tapes.append(states[0].tape)
        return chain_step(exercise)(weights, item, states)

    def lengths():
        made = exercise.truncated(watched, stream, [H0], [exercise.Parameter(a, "a")], 4)
        return [(len(tapes[-1].records), len(tapes[-1].values), tapes[-1].step) for _ in made]

    asked = "(records, values, steps) of the tape, each time that truncated(…, 4) yields, on 8 steps with one state"
    ask(lengths, asked=asked).gives([(0, 1, 4), (0, 1, 8)])


def test_truncated__an_endless_stream(exercise, rng):
    a, stream = chain(rng)
    read = []

    def endless():
        while len(read) < T:
            read.append(stream[len(read)])
            yield read[-1]
        raise Wrong("the first window of truncated(…, 4) on a stream without end: items read", "all", "4")

    parameter = exercise.Parameter(a, "a")
    made = ask(exercise.truncated, chain_step(exercise), endless(), [H0], [parameter], 4, asked="truncated(…, 4)").value
    ask(lambda: next(iter(made)), asked="the first of truncated(…, 4)").gives(sum(chain_values(a, stream)[:4]))
    equal("the number of items read when the first window of truncated(…, 4) is yielded", len(read), 4)
    first = chain_gradient(a, stream[:4], same_window(4))
    equal("a.grad when the first window is yielded", parameter.grad, np.array(first))


def test_truncated__the_caller_trains(exercise, rng):
    parameters, stream, start = network(exercise, rng)
    gradients, sums = minigrads(parameters, stream, start, 3, lr=0.05)

    def trained():
        found = []
        for total in exercise.truncated(two_states(exercise), stream, start, parameters, 3):
            found.append((total, [p.grad for p in parameters]))
            for p in parameters:
                p.value, p.grad = p.value - 0.05 * p.grad, None
        return found

    asked = "truncated(step, stream, [h, m], [U, W, V], 3) on 7 steps, where the loop trains after each window: {}"
    found = ask(trained, asked=asked.format("all")).value
    equal(asked.format("the sums"), [each for each, _ in found], sums)
    for n, name in enumerate("UWV"):
        equal(asked.format(f"{name}.grad of each window"), [g[n] for _, g in found], [g[n] for g in gradients])


def test_truncated__adds_to_grad(exercise, rng):
    a, stream = chain(rng)
    parameter = exercise.Parameter(a, "a")
    parameter.grad = np.array(10.0)
    made = ask(exercise.truncated, chain_step(exercise), stream, [H0], [parameter], 4, asked="truncated(…, 4)").value
    ask(lambda: len(list(made)), asked="the number of windows of 4 in 12 steps").gives(3)
    right = 10 + chain_gradient(a, stream, same_window(4))
    equal("a.grad after truncated(…, 4), where it was 10 before", parameter.grad, np.array(right))


# ---- thrown_away ----


def test_thrown_away__a_chain(exercise, rng):
    a, stream = chain(rng, 9)
    parameter = exercise.Parameter(a, "a")
    right = chain_gradient(a, stream, lambda t, s: t > 5 >= s)
    asked = f"thrown_away(step, stream[:5], stream[5:], [{H0}], [a]) on a chain of 9 steps"
    found = ask(exercise.thrown_away, chain_step(exercise), stream[:5], stream[5:], [H0], [parameter], asked=asked)
    found.gives([np.array(right)])
    equal("a.grad after thrown_away(…)", parameter.grad, None)


def test_thrown_away__a_network(exercise, rng):
    parameters, stream, start = network(exercise, rng)
    ((full,), _), ((one, two), _) = minigrads(parameters, stream, start, 7), minigrads(parameters, stream, start, 4)
    right = [np.round(g - p - q, 12) + 0.0 for g, p, q in zip(full, one, two, strict=True)]
    asked = "thrown_away(step, stream[:4], stream[4:], [h, m], [U, W, V]) on a network with two states"
    ask(exercise.thrown_away, two_states(exercise), stream[:4], stream[4:], start, parameters, asked=asked).gives(right)


def test_thrown_away__a_read_out_loses_nothing(exercise, rng):
    def step(weights, item, states):
        (a, b), (h, n) = weights, states
        h = exercise.tanh(a * h + item)
        return h * b, [h, n * 0.5 + h]

    parameters = [exercise.Parameter(0.8, "a"), exercise.Parameter([[2.0]], "b")]
    right = 2 * sum(_chain_slope([0.1, 0.2, 0.3, 0.4], 2, s) for s in (3, 4))
    asked = "thrown_away(…): b is in no state, and no loss uses the second state"
    found = ask(exercise.thrown_away, step, [0.1, 0.2], [0.3, 0.4], [H0, 0.0], parameters, asked=asked)
    found.gives([np.array(right), np.zeros((1, 1))])


def _chain_slope(xs, border, t):
    """d h_t / d a through the uses of a = 0.8 up to step ``border``."""
    h, slope = H0, 0.0
    for n, x in enumerate(xs[:t], 1):
        before, h = h, np.tanh(0.8 * h + x)
        slope = (1 - h**2) * (0.8 * slope + (before if n <= border else 0.0))
    return slope


def predicted(exercise):
    most = 0

    def watched(weights, item, states):
        nonlocal most
        found = chain_step(exercise)(weights, item, states)
        most = max(most, len(states[0].tape.records))
        return found

    for _ in exercise.truncated(watched, [(0.1, 0.2)] * 1000, [H0], [exercise.Parameter(0.9)], 10):
        pass
    return str(most)
