"""Checks of chapter 15."""

import numpy as np

import minigrad as mg
from minigrad.tutorials.asking import Wrong, ask, at_most, equal

# ---- cut ----


def recorded(e, steps=4):
    """A tape with 2 records a step, and the states h, of the last step, and c, of the first."""
    tape, a = e.Tape(), e.Parameter(0.5, "a")
    h = c = e.tensor(tape, 0.3, "first")
    for n in range(steps):
        tape.step += 1
        h = e.tanh(e.tensor(tape, a) * h)
        tape.names[h.i] = f"h{n + 1}"
        c = h if n == 0 else c
    return tape, h, c


def cut(exercise, tape, *states, keep):
    """Cut, which returns nothing."""
    asked = f"cut(tape, {', '.join('hc'[: len(states)])}, keep={keep}) after 4 steps"
    ask(exercise.cut, tape, *states, keep=keep, asked=asked).gives(None)
    return asked


def test_cut__keeps_nothing_by_default(exercise):
    tape, h, c = recorded(exercise)
    ask(exercise.cut, tape, h, c, asked="cut(tape, h, c) after 4 steps").gives(None)
    equal("tape.records after cut(tape, h, c)", tape.records, [])
    equal("the ids in tape.values after cut(tape, h, c)", sorted(tape.values), sorted([h.i, c.i]))
    equal("tape.parameters after cut(tape, h, c)", tape.parameters, {})


def test_cut__keeps_the_last_steps(exercise):
    for keep in (0, 1, 2, 4, 7):
        tape, h, c = recorded(exercise)
        right = [list(r.inputs) for r in tape.records[8 - 2 * min(keep, 4) :]]
        asked = cut(exercise, tape, h, c, keep=keep)
        equal(
            f"the steps of the records after {asked}",
            [r.step for r in tape.records],
            [1, 1, 2, 2, 3, 3, 4, 4][8 - len(right) :],
        )
        equal(f"the inputs of the records after {asked}", [list(r.inputs) for r in tape.records], right)


def test_cut__values_that_are_needed(exercise):
    for keep in (0, 1, 2):
        tape, h, c = recorded(exercise)
        before = dict(tape.values)
        last = tape.records[8 - 2 * keep :]
        needed = {h.i, c.i, *(r.out for r in last), *(i for r in last for i in r.inputs)}
        asked = cut(exercise, tape, h, c, keep=keep)
        equal(f"the ids in tape.values after {asked}", sorted(tape.values), sorted(needed))
        equal(f"tape.values after {asked}", tape.values, {i: before[i] for i in needed})


def test_cut__names_and_parameters_that_are_needed(exercise):
    tape, h, c = recorded(exercise)
    (a,) = tape.parameters
    before = tape.records[3].out
    asked = cut(exercise, tape, h, c, keep=2)
    right = {a: "a", c.i: "h1", before: "h2", tape.records[1].out: "h3", h.i: "h4"}
    equal(f"tape.names after {asked}", tape.names, right)
    equal(f"the ids in tape.parameters after {asked}", list(tape.parameters), [a])


def test_cut__counting_goes_on(exercise):
    tape, h, c = recorded(exercise)
    ids = tape.next_id
    asked = cut(exercise, tape, h, c, keep=2)
    equal(f"tape.step after {asked}", tape.step, 4)
    equal(f"tape.next_id after {asked}, which was {ids} before", tape.next_id, ids)


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


def counted(exercise, steps, k1, k2):
    """How often the loss of step t counts the use of the weight at step s: row t - 1, column s - 1.

    The weight A has an entry for each pair; step s adds column s of it to the state, the loss of step t is the sum of
    row t of the state.
    """
    eye = np.eye(steps)

    def step(weights, n, states):
        (a,), (h,) = weights, states
        h = h + a * eye[n]
        return (h * eye[n][:, None]).sum(), [h]

    a = exercise.Parameter(np.zeros((steps, steps)), "A")
    for _ in exercise.truncated(step, Once(range(steps)), [np.zeros((steps, steps))], [a], k1, k2):
        pass
    return a.grad


def seen(t, steps, k1, k2):
    """How often it should."""
    first = (t - 1) // k1 * k1 + k1 - k2
    return np.array([float(first < s <= t) for s in range(1, steps + 1)])


def test_truncated__what_each_loss_sees(exercise):
    for k1, k2 in ((2, 6), (1, 3), (3, 5), (4, 4), (5, 20)):
        call = f"truncated(…, k1={k1}, k2={k2})"
        found = ask(counted, exercise, 11, k1, k2, asked=f"A.grad after {call} on 11 steps").value
        equal(f"the shape of A.grad after {call}", np.shape(found), (11, 11))
        for t in (9, *range(1, 12)):
            asked = f"how often the loss of step {t} counts the use at step 1, 2, … 11, in {call}"
            equal(asked, found[t - 1], seen(t, 11, k1, k2))


def network(e, rng, steps=9):
    """Step, parameters, stream and first states of a network with two states."""

    def step(weights, item, states):
        (U, W, V), (x, y), (h, m) = weights, item, states
        h = e.tanh(x @ U + h @ W + m)
        m = m * 0.5 + h * 0.5
        wrong_by = h @ V + m.sum() - y
        return (wrong_by * wrong_by).sum(), [h, m]

    shapes = {"U": (2, 3), "W": (3, 3), "V": (3, 1)}
    parameters = [e.Parameter(rng.normal(size=shape) * 0.6, name) for name, shape in shapes.items()]
    stream = [(rng.normal(size=(4, 2)), rng.normal(size=(4, 1))) for _ in range(steps)]
    return step, parameters, stream, [rng.normal(size=(4, 3)), rng.normal(size=(4, 3))]


def minigrads(parameters, stream, start, k1, k2, lr):
    """The gradients and the sums of losses of each window, by minigrad; parameters learn with a rate ``lr``."""
    ps = [mg.parameter(p.value) for p in parameters]
    gradients, sums, losses = [], [], []

    def step(item, states):
        (x, y), (h, m), (U, W, V) = item, states, ps
        h = mg.tanh(x @ U + h @ W + m)
        m = m * 0.5 + h * 0.5
        loss = mg.square(h @ V + m.sum() - y).sum()
        losses.append(float(loss))
        return loss, (h, m)

    first = tuple(mg.tensor(s) for s in start)
    for _ in mg.truncated_bptt(step, stream, first, k1=k1, k2=k2, overlap="keep", reduction="sum"):
        gradients.append([np.array(p.grad) for p in ps])
        sums.append(sum(losses))
        losses.clear()
        for p, g in zip(ps, gradients[-1], strict=True):
            p.value = p.value - lr * g
            p.grad = None
    return gradients, sums


def test_truncated__the_caller_trains(exercise, rng):
    step, parameters, stream, start = network(exercise, rng)
    gradients, sums = minigrads(parameters, stream, start, 2, 5, lr=0.05)

    def trained():
        found = []
        for total in exercise.truncated(step, stream, start, parameters, 2, 5):
            found.append((total, [p.grad for p in parameters]))
            for p in parameters:
                p.value, p.grad = p.value - 0.05 * p.grad, None
        return found

    asked = "truncated(step, stream, [h, m], [U, W, V], k1=2, k2=5) on 9 steps, where the loop trains: {}"
    found = ask(trained, asked=asked.format("all")).value
    equal(asked.format("the sums"), [total for total, _ in found], sums)
    for n, name in enumerate("UWV"):
        equal(asked.format(f"{name}.grad of each window"), [g[n] for _, g in found], [g[n] for g in gradients])


def test_truncated__the_tape_stays_short(exercise):
    lengths, steps, kept = [], [], []

    def step(weights, x, states):
        (a,), (h,) = weights, states
        kept.append(len(h.tape.records))
        h = exercise.tanh(a * h + x)
        lengths.append(len(h.tape.records))
        steps.append(h.tape.step)
        return h, [h]

    asked = "truncated(step, stream, [0.3], [a], k1=2, k2=6) on 60 steps of 3 operations each: {}"
    xs = [0.1] * 60
    made = ask(exercise.truncated, step, xs, [0.3], [exercise.Parameter(0.9)], 2, 6, asked=asked.format("all")).value
    ask(lambda: len(list(made)), asked=asked.format("the number of windows")).gives(30)
    at_most(asked.format("the most records on the tape"), max(lengths, default=0), 18)
    equal(asked.format("the records on the tape at the start of each window"), kept[::2], [0, 6] + [12] * 28)
    equal(asked.format("the number of the last step"), steps[-1], 60)


def test_truncated__cut_before_the_caller_has_its_turn(exercise):
    tapes, before = [], []

    def step(weights, x, states):
        tapes.append(states[0].tape)
        before.append(len(tapes[-1].records))
        h = exercise.tanh(weights[0] * states[0] + x)
        return h, [h]

    def lengths():
        made = exercise.truncated(step, [0.1] * 8, [0.3], [exercise.Parameter(0.9)], 2, 6)
        return [(before[-2], len(tapes[-1].records)) for _ in made]

    asked = "truncated(…, k1=2, k2=6), 3 records a step: those on the tape before each window, and when it is yielded"
    ask(lengths, asked=asked).gives([(0, 6), (6, 12), (12, 12), (12, 12)])


def test_truncated__an_endless_stream(exercise):
    read = []

    def endless():
        while len(read) < 12:
            read.append(0.1)
            yield 0.1
        raise Wrong("the first window of truncated(…, k1=2, k2=6) on a stream without end: items read", "all", "2")

    def step(weights, x, states):
        h = exercise.tanh(weights[0] * states[0] + x)
        return h, [h]

    call = "truncated(…, k1=2, k2=6)"
    made = ask(exercise.truncated, step, endless(), [0.3], [exercise.Parameter(0.9)], 2, 6, asked=call).value
    first = np.tanh(0.9 * 0.3 + 0.1)
    right = first + np.tanh(0.9 * first + 0.1)
    ask(lambda: next(iter(made)), asked="the first of truncated(…, k1=2, k2=6)").gives(float(right))
    equal("the number of items read when the first window of truncated(…, k1=2, k2=6) is yielded", len(read), 2)


# ---- lstm_step ----


def lstm(rng):
    """The twelve weights, an input and the states."""
    weights = [rng.normal(size=shape) for _ in range(4) for shape in ((2, 3), (3, 3), (3,))]
    return weights, rng.normal(size=(4, 2)), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))


def lstm_values(weights, x, h, c):
    """h and c after a step, by NumPy."""
    i, f, g, o = (x @ weights[n] + h @ weights[n + 1] + weights[n + 2] for n in (0, 3, 6, 9))
    share = lambda z: 1 / (1 + np.exp(-z))
    c = share(f) * c + share(i) * np.tanh(g)
    return share(o) * np.tanh(c), c


def stepped(exercise, weights, x, h, c, asked):
    """The tensors of the weights and states, and the new states."""
    tape = exercise.Tape()
    leaves = [exercise.tensor(tape, each) for each in (*weights, h, c)]
    found = ask(exercise.lstm_step, leaves[:12], x, *leaves[12:], asked=asked).value
    equal(f"{asked}: how many states", ask(len, found, asked=f"len({asked})").value, 2)
    return leaves, [ask(lambda each=each: each.value, asked=f"{asked}: the value").value for each in found], found


def test_lstm_step__values(exercise, rng):
    weights, x, h, c = lstm(rng)
    _, (new_h, new_c), _ = stepped(exercise, weights, x, h, c, "lstm_step(weights, x, h, c)")
    right = lstm_values(weights, x, h, c)
    equal("c of lstm_step(weights, x, h, c)", new_c, right[1])
    equal("h of lstm_step(weights, x, h, c)", new_h, right[0])


def test_lstm_step__gates(exercise):
    """One unit; each sum is given by its bias."""
    for biases in ((9, 0, 1, 9), (0, 9, 1, 9), (9, -9, 2, 9), (9, 9, 1, 0)):
        weights = [each for b in biases for each in (np.zeros((1, 1)), np.zeros((1, 1)), np.full(1, float(b)))]
        x, h, c = np.ones((1, 1)), np.ones((1, 1)), np.full((1, 1), 2.0)
        asked = f"lstm_step with i, f, g, o = {', '.join(map(str, biases))} and c = 2 before: h and c"
        _, found, _ = stepped(exercise, weights, x, h, c, asked)
        right = [float(each[0, 0]) for each in lstm_values(weights, x, h, c)]
        equal(asked, [float(np.sum(each)) for each in found], right)


def test_lstm_step__gradients(exercise, rng):
    weights, x, h, c = lstm(rng)
    asked = "lstm_step(weights, x, h, c)"
    leaves, _, found = stepped(exercise, weights, x, h, c, asked)
    cotangents = ask(exercise.walk, *found, asked=f"the walk from h and c of {asked}").value
    ps = [mg.parameter(each) for each in (*weights, h, c)]
    with mg.Tape() as tape:
        i, f, g, o = (x @ ps[n] + ps[12] @ ps[n + 1] + ps[n + 2] for n in (0, 3, 6, 9))
        new_c = mg.sigmoid(f) * ps[13] + mg.sigmoid(i) * mg.tanh(g)
        tape.backward((mg.sigmoid(o) * mg.tanh(new_c) + new_c).sum())
    names = [f"{w}{gate}" for gate in "ifgo" for w in "UWb"] + ["h", "c"]
    for name, leaf, p in zip(names, leaves, ps, strict=True):
        equal(f"the cotangent of {name} in the walk from h and c of {asked}", cotangents.get(leaf.i), np.array(p.grad))


# ---- reset ----


def was_reset(exercise, rng):
    """The states on a tape, which are used in two rows, the rows, and the states after."""
    tape = exercise.Tape()
    before = [exercise.tensor(tape, rng.normal(size=(4, n))) for n in (3, 2)]
    first = np.array([False, True, False, True])
    asked = "reset([h, c], first), where first is true for rows 1 and 3"
    after = ask(exercise.reset, before, first, asked=asked).value
    equal(f"{asked}: how many states", ask(len, after, asked=f"len({asked})").value, 2)
    return before, first, after, asked


def test_reset__values(exercise, rng):
    before, first, after, asked = was_reset(exercise, rng)
    for name, old, new in zip("hc", before, after, strict=True):
        right = np.array(old.value)
        right[first] = 0.0
        ask(lambda new=new: new.value, asked=f"{name} of {asked}").gives(right)


def test_reset__gradient(exercise, rng):
    before, first, after, asked = was_reset(exercise, rng)
    cotangents = ask(lambda: exercise.walk(*after), asked=f"the walk from {asked}").value
    for name, old in zip("hc", before, strict=True):
        right = np.where(first, 0.0, 1.0)[:, None] * np.ones(old.shape)
        equal(f"the cotangent of {name} before, in the walk from {asked}", cotangents.get(old.i), right)


def test_reset__nothing_begins(exercise, rng):
    tape = exercise.Tape()
    h = exercise.tensor(tape, rng.normal(size=(2, 3)))
    asked = "reset([h], first), where first is false everywhere"
    found = ask(exercise.reset, [h], np.array([False, False]), asked=asked).value
    ask(lambda: found[0].value, asked=asked).gives(h.value)


def predicted(exercise):
    return f"{counted(exercise, 12, 2, 6)[8].sum():g}"
