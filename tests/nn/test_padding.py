"""What padding holds is never computed with, and rows end as rows whatever a state's rank is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, nn
from minigrad.transforms.trees import tree_leaves
from tests.nn.tools import CELLS, on
from tests.numeric import host

TIME, BATCH, SIZE, HIDDEN = 6, 4, 3, 5
LENGTHS = np.array([4, 5, 1, 0])  # no row reads the last step
PADDED = np.arange(TIME)[:, None] >= LENGTHS


class Convolved(NamedTuple):
    h: object
    count: object


class ConvCell(nn.Cell):
    """A convolutional cell (batch, channels, width) that counts its steps (batch,) and looks at logarithms."""

    def __init__(self, channels: int = 2) -> None:
        self.inputs = self.hidden = channels
        self.kernel = mg.parameter(np.random.default_rng(5).standard_normal((3, channels, channels)))

    def __call__(self, x, state):
        x = mg.log(x)  # of which neither 0 nor anything below is a safe operand
        h = mg.pad(state.h, ((0, 0), (0, 0), (1, 1)))
        width = x.shape[-1]
        mixed = sum(mg.einsum("bcw,cd->bdw", h[..., k : k + width], self.kernel[k]) for k in range(3))
        return Convolved(mg.tanh(mixed + x), state.count + 1)

    def initial_state(self, batch):
        return Convolved(mg.tensor(np.zeros((batch, self.hidden, 4))), mg.tensor(np.zeros(batch)))

    def output(self, state):
        return state.h * mg.expand_dims(state.count, (1, 2))


class Counter(nn.Cell):
    """A cell whose state and output is one number for each row, of a pair or a dict."""

    inputs = hidden = 1

    def __init__(self):
        self.w = mg.parameter(0.5)

    def __call__(self, x, state):
        a, b = (x["a"], x["b"]) if isinstance(x, dict) else x
        return self.w * state + a * b.sum(axis=-1)

    def initial_state(self, batch):
        return mg.tensor(np.zeros(batch))


def gradients(cell, run):
    """The outputs, the last state and the parameters' gradients of the sum of squares of both."""
    with mg.Tape() as tape:
        outputs, state = run()
        leaves = [outputs, *tree_leaves(state)]
        tape.backward(sum(mg.square(leaf).sum() for leaf in leaves))
    grads = [host(p.grad) for p in cell.parameters()]
    for p in cell.parameters():
        p.grad = None
    return [host(leaf) for leaf in leaves], grads


def alone(cell, xs, reverse=False):
    """The same from every row alone, without its padding."""
    total = None
    for row, length in enumerate(LENGTHS):
        if length:
            _, grads = gradients(
                cell, lambda row=row, n=length: nn.unroll(cell, xs[:n, row : row + 1], reverse=reverse)
            )
            total = grads if total is None else [a + b for a, b in zip(total, grads, strict=True)]
    return total


def make(kind):
    if kind == "conv":
        return ConvCell()
    if kind == "stacked":
        return nn.Stacked([nn.GRUCell(SIZE, 4, rng=0, dtype="float64"), nn.LSTMCell(4, HIDDEN, rng=1, dtype="float64")])
    return CELLS[kind](SIZE, HIDDEN, rng=0, dtype="float64")


@pytest.mark.parametrize("filler", [np.nan, np.inf, -np.inf, 0.0, -1.0])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", [*CELLS, "stacked", "conv"])
def test_padding_reaches_no_gradient(kind, reverse, filler, rng):
    cell = make(kind)
    xs = rng.uniform(0.5, 2, (TIME, BATCH, 2, 4) if kind == "conv" else (TIME, BATCH, SIZE))
    expected = alone(cell, xs, reverse)
    xs[PADDED] = filler
    leaf = mg.parameter(xs)
    (outputs, *states), got = gradients(cell, lambda: nn.unroll(cell, leaf, lengths=LENGTHS, reverse=reverse))
    assert not outputs[PADDED].any()
    assert all(np.isfinite(state).all() for state in states)
    assert not leaf.grad[PADDED].any()
    for mine, right in zip(got, expected, strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("filler", [np.nan, np.inf])
def test_padding_on_a_device(filler, rng, xp):
    cell = on(xp, make("LSTM"))
    xs = rng.standard_normal((TIME, BATCH, SIZE))
    results = []
    for each in (0.5, filler):
        xs[PADDED] = each
        results.append(gradients(cell, lambda: nn.unroll(cell, xp.asarray(xs), lengths=xp.asarray(LENGTHS))))
    for clean, padded in zip(*[[*outputs, *grads] for outputs, grads in results], strict=True):
        np.testing.assert_array_equal(clean, padded)


def test_padding_of_both_directions(rng):
    cells = ConvCell(), ConvCell()
    xs = rng.uniform(0.5, 2, (TIME, BATCH, 2, 4))
    xs[PADDED] = np.nan
    with mg.Tape() as tape:
        outputs, _ = nn.bidirectional(*cells, xs, lengths=LENGTHS)
        tape.backward(outputs.sum())
    assert outputs.shape == (TIME, BATCH, 4, 4)  # channels beside channels
    np.testing.assert_array_equal(outputs.value[:, :, :2], nn.unroll(cells[0], xs, lengths=LENGTHS)[0].value)
    assert all(np.isfinite(cell.kernel.grad).all() for cell in cells)
    with pytest.raises(errors.ShapeError, match="no axis beside the batch"):
        nn.bidirectional(Counter(), Counter(), [(np.ones(2), np.ones((2, 3)))])


def test_tokens_of_padding_need_not_exist(rng):
    cell, tokens = make("GRU"), rng.integers(0, SIZE, (TIME, BATCH))
    right, _ = nn.unroll(cell, tokens, lengths=LENGTHS)
    tokens[PADDED] = -1
    np.testing.assert_array_equal(nn.unroll(cell, tokens, lengths=LENGTHS)[0].value, right.value)


def test_a_state_that_no_step_reads_may_be_nan(rng):
    """The row of length 0 keeps it, and no gradient meets it."""
    cell, h = make("RNN"), rng.standard_normal((BATCH, HIDDEN))
    h[3] = np.nan
    with mg.Tape() as tape:
        outputs, state = nn.unroll(cell, rng.standard_normal((TIME, BATCH, SIZE)), h, lengths=LENGTHS)
        tape.backward(outputs.sum())
    np.testing.assert_array_equal(state.value[3], h[3])
    assert all(np.isfinite(p.grad).all() for p in cell.parameters())


@pytest.mark.parametrize("kind", ["pair", "dict"])
def test_rows_end_as_rows_whatever_the_rank(kind, rng):
    """A pair (batch,), (batch, n) of BATCH rows: len() of either container would say 2."""
    cell = Counter()
    a, b = rng.standard_normal((TIME, BATCH)), rng.standard_normal((TIME, BATCH, SIZE))
    steps = [(x, y) if kind == "pair" else {"a": x, "b": y} for x, y in zip(a, b, strict=True)]
    outputs, state = nn.unroll(cell, steps, lengths=LENGTHS)
    assert outputs.shape == (TIME, BATCH)
    for row, length in enumerate(LENGTHS):
        h = 0.0
        for t in range(length):
            h = 0.5 * h + a[t, row] * b[t, row].sum()
            assert outputs.value[t, row] == pytest.approx(h, rel=1e-12)
        assert state.value[row] == pytest.approx(h, rel=1e-12)


class Shared(Counter):
    """A cell with a part of the state that has no rows."""

    def __init__(self, part):
        super().__init__()
        self.part = part

    def __call__(self, x, state):
        return super().__call__(x, state[0]), state[1] + 1

    def initial_state(self, batch):
        return super().initial_state(batch), self.part

    def output(self, state):
        return state[0]


@pytest.mark.parametrize("part", [np.zeros(()), 0, np.zeros((3, 4))])
def test_lengths_need_rows_in_every_part_of_the_state(part):
    steps = [(np.ones(BATCH), np.ones((BATCH, SIZE)))] * TIME
    nn.unroll(Shared(part), steps)
    with pytest.raises(errors.ShapeError, match="every part of the state and the output needs 4 rows"):
        nn.unroll(Shared(part), steps, lengths=LENGTHS)


class Clock(nn.Cell):
    """A cell that looks at no input: an array and a number that it counts on, and a name that it hands on."""

    inputs = hidden = 1

    def __call__(self, x, state):
        return state[0] + 1.0, mg.tensor(state[1].value + 1.0), state[2]

    def initial_state(self, batch):
        return np.zeros((1, 1)), mg.tensor(np.zeros((1, 1))), "name"

    def output(self, state):
        return state[1]


def test_one_row_of_state_and_output_serves_the_whole_batch():
    xs = np.ones((TIME, BATCH, SIZE))
    outputs, state = nn.unroll(Clock(), xs)
    assert outputs.value[:, 0, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert (state[0].tolist(), state[2]) == ([[6.0]], "name")
    outputs, state = nn.unroll(Clock(), xs[:1], lengths=[1, 0, 1, 0])
    assert host(outputs).tolist() == [[[1.0], [0.0], [1.0], [0.0]]]
    assert ([host(part).tolist() for part in state[:2]], state[2]) == ([[[1.0], [0.0], [1.0], [0.0]]] * 2, "name")


def test_steps_may_be_lists_of_rows():
    cell = make("RNN")
    xs = np.arange(TIME * BATCH * SIZE).reshape(TIME, BATCH, SIZE) / 50
    outputs, _ = nn.unroll(cell, xs.tolist())
    np.testing.assert_array_equal(outputs.value, nn.unroll(cell, xs)[0].value)


def test_a_dict_is_no_sequence():
    with pytest.raises(TypeError, match="not dict"):
        nn.unroll(Counter(), {"a": np.ones((TIME, BATCH))})
