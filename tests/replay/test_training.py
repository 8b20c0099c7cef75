"""Training as a program: cells, optimisers, dropout, clipping, resets; equal to the usual loop to the bit."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.programs.passes import EXACT

BATCH, TOKENS, HIDDEN = 4, 5, 6
CELLS = {"rnn": nn.RNNCell, "gru": nn.GRUCell, "lstm": nn.LSTMCell}
OPTIMISERS = {
    "sgd": lambda params: optim.SGD(params, 0.1),
    "momentum": lambda params: optim.SGD(params, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda params: optim.Adam(params, 1e-2),
    "adamw": lambda params: optim.AdamW(params, 1e-2),
    "rmsprop": lambda params: optim.RMSProp(params, 1e-2),
}


class Model:
    """A cell with a read-out, and what trains it."""

    def __init__(
        self, cell: str, optimiser: str = "sgd", layers: int = 1, rate: float = 0.0, dtype: str = "float32"
    ) -> None:
        sizes = [TOKENS] + [HIDDEN] * (layers - 1)
        cells = [CELLS[cell](n, HIDDEN, rng=k, learn_state=True, dtype=dtype) for k, n in enumerate(sizes)]
        self.cell = cells[0] if layers == 1 else nn.Stacked(cells)
        self.readout = nn.Linear(HIDDEN, TOKENS, rng=9, dtype=dtype)
        self.dropout = nn.Dropout(rate, rng=7)
        self.params = [*self.cell.parameters(), *self.readout.parameters()]
        self.optimiser = OPTIMISERS[optimiser](self.params)

    def step(self, item: Any, state: Any) -> Any:
        x, y, fresh = item
        state = self.cell(x, state if fresh is None else mg.bptt.reset(state, fresh))
        return mg.cross_entropy(self.readout(self.dropout(self.cell.output(state))), y), state

    def train(self, replay: Any, steps: int = 60, k: int = 6, resets: bool = False, **options: Any) -> Any:
        """What each window said, and the parameters after it."""
        rng = np.random.default_rng(1)
        xs, ys = rng.integers(0, TOKENS, (2, steps, BATCH))
        fresh = rng.random((steps, BATCH)) < 0.2 if resets else [None] * steps
        stream = zip(xs, ys, fresh, strict=True)
        for window in mg.truncated_bptt(self.step, stream, self.cell.initial_state(BATCH), k, replay=replay, **options):
            norm = mg.clip_grad_norm(self.params, 0.3)
            self.optimiser.step()
            yield window, norm, [p.numpy() for p in self.params]


def compare(windows: Any, others: Any, rtol: float = 0.0) -> list[Any]:
    """Compare two trainings; returns the windows of the first."""
    near = lambda one, other: one == pytest.approx(other, rel=rtol, abs=0) if rtol else one == other
    seen = []
    for (window, norm, params), (other, norm2, params2) in zip(windows, others, strict=True):
        assert near(window.losses, other.losses)
        assert near(norm, norm2)
        assert [clip.explain() for clip in window.clips] == [clip.explain() for clip in other.clips]
        assert len(window.clips) == 1
        assert (window.index, window.first_step, window.last_step, window.border, window.scale) == (
            other.index, other.first_step, other.last_step, other.border, other.scale
        )  # fmt: skip
        for one, two in zip(params, params2, strict=True):
            np.testing.assert_allclose(one, two, rtol=0, atol=rtol * abs(two).max())
        seen.append(window)
    return seen


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_to_the_bit(cell: str, optimiser: str):
    windows = compare(Model(cell, optimiser).train(EXACT), Model(cell, optimiser).train(False))
    assert [window.replayed for window in windows] == [False] * 3 + [True] * 7  # the first begins with parameters


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("setting", [{"rate": 0.4}, {"layers": 2}, {"resets": True}, {"reduction": "sum"}], ids=str)
def test_settings_to_the_bit(cell: str, setting: dict[str, Any]):
    made = {name: value for name, value in setting.items() if name in ("rate", "layers")}
    options = {name: value for name, value in setting.items() if name not in made}
    one, other = (Model(cell, **made).train(replay, **options) for replay in (EXACT, False))
    assert compare(one, other)[-1].replayed


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("setting", [{}, {"rate": 0.4}, {"layers": 2}, {"resets": True}, {"k": 1}], ids=str)
def test_with_every_pass_to_rounding(cell: str, setting: dict[str, Any]):
    made = {name: value for name, value in setting.items() if name in ("rate", "layers")}
    options = {name: value for name, value in setting.items() if name not in made}
    one, other = (Model(cell, dtype="float64", **made).train(replay, **options) for replay in (True, False))
    assert compare(one, other, rtol=1e-11)[-1].replayed


def test_on_a_device(device):
    def train(xp: Any, replay: Any) -> Any:
        model = Model("lstm", dtype="float64")
        model.cell.to(device.__name__ if xp is device else "cpu")
        model.readout.to(device.__name__ if xp is device else "cpu")
        xs, ys = np.random.default_rng(1).integers(0, TOKENS, (2, 24, BATCH))
        stream = [(xp.asarray(x), xp.asarray(y), None) for x, y in zip(xs, ys, strict=True)]
        start = mg.stop_gradient(model.cell.initial_state(BATCH))
        return [w.losses for w in mg.truncated_bptt(model.step, stream, start, 6, replay=replay)]

    for found, expected in zip(train(device, True), train(np, False), strict=True):
        assert found == pytest.approx(expected, rel=1e-11)
    assert train(device, EXACT) == train(device, False)


def test_the_rest_of_a_stream_is_a_program_of_its_own():
    windows = compare(Model("gru").train(EXACT, steps=27), Model("gru").train(False, steps=27))
    assert [window.replayed for window in windows] == [False, False, False, True, False]
    assert "the first call of its kind" in windows[-1].explain()
    assert "A program that earlier windows had recorded ran" in windows[3].explain()
    assert windows[-1].steps == 3


@pytest.mark.parametrize(
    ("options", "why"),
    [({"k2": 8}, "overlap"), ({"scheme": "lag mask"}, "overlap"), ({"inspect": True}, "inspect")],
    ids=["k2", "lag mask", "inspect"],
)
def test_loops_that_go_on_as_usual_say_why(options: dict[str, Any], why: str):
    for window in compare(Model("rnn").train(True, **options), Model("rnn").train(False, **options)):
        assert not window.replayed
        assert why in window.reason
        assert f"No program was replayed: {window.reason}" in window.explain()


def test_a_value_that_is_read_leaves_the_loop_as_it_was():
    """Dropout has drawn when the value is read: its generator goes back."""

    class Reading(Model):
        def step(self, item: Any, state: Any) -> Any:
            loss, state = super().step(item, state)
            return (loss if float(loss) > 0 else -loss), state

    for window in compare(Reading("rnn", rate=0.4).train(True), Reading("rnn", rate=0.4).train(False)):
        assert "was read while a program was captured" in window.reason


def test_numbers_among_the_inputs():
    w = mg.parameter(0.5)

    def step(x: Any, h: Any) -> Any:
        h = mg.tanh(w * h + x)
        return mg.square(h), h

    losses = []
    for replay in (True, False):
        w.grad = None
        windows = mg.truncated_bptt(step, [0.1, 0.2, 0.3, 0.4], mg.tensor(0.0), 2, replay=replay)
        losses.append([(window.losses, float(w.grad)) for window in windows])
    assert losses[0] == losses[1]


def test_full_back_propagation():
    one, other = (Model("lstm").train(replay, steps=9, k=None) for replay in (EXACT, False))
    assert len(compare(one, other)) == 1


# -- a whole training step as one function -----------------------------------------------------


def training(model: Model) -> Any:
    """Forward, backward, clipping and update as one function."""

    def train(xs: Any, ys: Any, state: Any) -> Any:
        losses = []
        with mg.Tape() as tape:
            for x, y in zip(xs, ys, strict=True):
                tape.mark()
                loss, state = model.step((x, y, None), state)
                losses.append(loss)
            tape.backward(losses)
        norm = mg.clip_grad_norm(model.params, 0.3)
        model.optimiser.step()
        return {"losses": losses, "norm": norm}, state

    return train


def batch(seed: int, steps: int = 4) -> Any:
    rng = np.random.default_rng(seed)
    return [*rng.integers(0, TOKENS, (steps, BATCH))], [*rng.integers(0, TOKENS, (steps, BATCH))]


def same(one: Any, other: Any) -> None:
    (found, state), (expected, state2) = one, other
    assert [float(x) for x in found["losses"]] == [float(x) for x in expected["losses"]]
    assert found["norm"] == expected["norm"]
    assert type(found["norm"]) is float
    for part, part2 in zip(state, state2, strict=True):
        np.testing.assert_array_equal(part.value, part2.value)


def test_a_training_step():
    first, second = Model("lstm", "adam", rate=0.3), Model("lstm", "adam", rate=0.3)
    train, program = training(first), mg.replay(training(second), passes=EXACT)
    state = state2 = Model("lstm").cell.initial_state(BATCH)
    state, state2 = mg.stop_gradient(state), mg.stop_gradient(state2)
    for seed in range(7):
        expected, found = train(*batch(seed), state), program(*batch(seed), state2)
        same(found, expected)
        state, state2 = mg.stop_gradient(expected[1]), found[1]
        assert (program.reason is None) == (seed > 2)  # the first state is one row
        assert all(p.grad is None for p in second.params)
    assert first.optimiser.steps == second.optimiser.steps == 7


def test_parameters_that_are_loaded_moved_or_updated_between_runs_are_seen():
    first, second = Model("gru"), Model("gru")
    train, program = training(first), mg.replay(training(second), passes=EXACT)
    state = mg.tensor(np.zeros((BATCH, HIDDEN), "float32"))
    for seed in range(8):
        for model in (first, second):
            if seed == 3:
                model.cell.load_state_dict(nn.GRUCell(TOKENS, HIDDEN, rng=5, learn_state=True).state_dict())
            if seed == 4:
                model.readout.W.value = model.readout.W.value * 0.5
            if seed == 5:
                model.optimiser.lr = 0.01
        (found, h), (expected, h2) = program(*batch(seed), state), train(*batch(seed), state)
        assert [float(x) for x in found["losses"]] == [float(x) for x in expected["losses"]]
        np.testing.assert_array_equal(h.value, h2.value)
    assert program.reason is None


def test_parameters_on_another_device(device):
    w = mg.parameter([1.0, 2.0])
    program = mg.replay(lambda x: (w * x).sum())
    for _ in range(3):
        assert float(program(mg.tensor([3.0, 4.0]))) == 11
    w.to(device.__name__)
    for _ in range(3):
        assert program(mg.tensor(device.asarray([5.0, 6.0]))).item() == 17
    w.to("cpu")
    for _ in range(3):
        assert float(program(mg.tensor([3.0, 5.0]))) == 13


def test_the_mode_of_a_module_makes_another_program():
    dropout = nn.Dropout(0.5, rng=0)
    program = mg.replay(lambda x: dropout(x))
    x = mg.tensor(np.ones(50))
    for _ in range(3):
        assert 0 in program(x).value
    dropout.eval()
    for _ in range(3):
        np.testing.assert_array_equal(program(x).value, x.value)
    assert len(program.programs) == 2


def test_two_programs_alternate_and_gradients_accumulate():
    w = mg.parameter(2.0)

    def walk(x: Any) -> Any:
        with mg.Tape() as tape:
            tape.backward(w * x * x)
        return w * 1.0

    one, other = mg.replay(walk), mg.replay(lambda x: walk(x) * x)
    total = 0.0
    for k in range(1, 9):
        x = mg.tensor(float(k))
        assert float((one, other)[k % 2](x)) == (2.0 if k % 2 == 0 else 2.0 * k)
        total += k * k
        assert float(w.grad) == total


def test_threads_share_a_program():
    w = mg.parameter(np.eye(3))
    program = mg.replay(lambda x: mg.tanh(x @ w) @ w)
    xs = [np.random.default_rng(k).standard_normal((3, 3)) for k in range(40)]
    for x in xs[:2]:
        program(x)
    found: dict[int, Any] = {}

    def work(mine: Any) -> None:
        for k in mine:
            found[k] = program(xs[k]).value

    threads = [threading.Thread(target=work, args=(range(start, 40, 4),)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, x in enumerate(xs):
        np.testing.assert_array_equal(found[k], np.tanh(x @ np.eye(3)) @ np.eye(3))


def test_an_error_in_the_middle_changes_nothing():
    table = mg.parameter(np.arange(6.0).reshape(3, 2))

    def train(i: Any) -> Any:
        with mg.Tape() as tape:
            tape.backward(mg.take_rows(table, i).sum())

    program = mg.replay(train)
    for index in ([0, 1], [1, 2], [2, 2]):
        program(np.array(index))
    before = table.grad.copy()
    with pytest.raises(mg.errors.SubscriptError, match="take_rows"):
        program(np.array([0, 7]))
    np.testing.assert_array_equal(table.grad, before)
    program(np.array([0, 0]))
    np.testing.assert_array_equal(table.grad, before + np.array([[2, 2], [0, 0], [0, 0]]))


@pytest.mark.unwitnessed("the reference has no numbers in place of those that a mask hides")
def test_ignored_targets_and_hidden_numbers():
    """A row that is ignored may be NaN in one run and a number in the next."""
    w = mg.parameter(np.ones((2, 3)))

    def train(x: Any, targets: Any) -> Any:
        with mg.Tape() as tape:
            loss = mg.cross_entropy(mg.tanh(x @ w), targets, ignore_index=-1)
            return loss, tape.gradient(loss, w)

    program = mg.replay(train)
    rng = np.random.default_rng(0)
    for bad in (None, 1, 0, None, 2, 1):
        x, targets = rng.standard_normal((3, 2)), rng.integers(0, 3, 3)
        if bad is not None:
            x[bad], targets[bad] = np.nan, -1
        (loss, grad), (loss2, grad2) = program(x, targets), train(x, targets)
        assert float(loss) == float(loss2)
        np.testing.assert_array_equal(grad.value, grad2.value)
        assert np.isfinite(grad.value).all()


def test_saturated_units_in_some_runs_only():
    """The derivative near 1 is computed from the operand: whether it is needed is asked at each run."""
    w = mg.parameter(np.ones(3))

    def slopes(x: Any) -> Any:
        with mg.Tape() as tape:
            return tape.gradient((mg.tanh(x * w) + mg.sigmoid(x * w)).sum(), w)

    def curvatures(x: Any) -> Any:
        return mg.hvp(lambda w: (mg.tanh(x * w) + mg.sigmoid(x * w)).sum(), (w,), (np.ones(3),))

    one, two = mg.replay(slopes), mg.replay(curvatures)
    for scale in (1.0, 0.5, 19.0, 40.0, 1.0, 25.0):
        x = scale * np.array([0.5, -1.0, 0.8])
        np.testing.assert_array_equal(one(x).value, slopes(x).value)
        np.testing.assert_allclose(two(x)[0].value, curvatures(x)[0].value, rtol=1e-12)


def test_settings_that_meet():
    for layers, rate in itertools.product((1, 2), (0.0, 0.3)):
        one, other = (Model("lstm", "adamw", layers, rate).train(replay, steps=40, k=8) for replay in (EXACT, False))
        compare(one, other)


def test_windows_that_differ_go_on_without_programs_and_note_what_is_clipped():
    """Of a loop whose only program was given up, too."""
    count = 0
    w = mg.parameter([1.0, 2.0])

    def step(x: Any, h: Any) -> Any:
        nonlocal count
        count += 1
        h = mg.tanh(h + x * w * count)
        return (h * h).sum(), h

    def train(replay: bool) -> Any:
        nonlocal count
        count, w.value = 0, np.array([1.0, 2.0])
        optimiser = optim.SGD([w], 0.1)
        for window in mg.truncated_bptt(step, np.ones((12, 2)), mg.zeros(2).detach(), 3, replay=replay):
            norm = mg.clip_grad_norm([w], 0.5)
            optimiser.step()
            yield window, norm, [w.numpy()]

    windows = compare([*train(True)], [*train(False)])
    assert all("computes something else at each call" in window.reason for window in windows[1:])
