"""Dropout: what is left out, when, and that a sequence keeps its masks."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, nn
from tests.nn.tools import on
from tests.numeric import host
from tests.strict import strict


def test_dropout_keeps_the_mean(rng, xp):
    x = xp.asarray(np.full((200, 100), 3.0, "float32"))
    y = nn.Dropout(0.25, rng=rng)(mg.tensor(x))
    assert (type(y.value), y.dtype) == (type(x), np.float32)
    kept = host(y) != 0
    assert kept.mean() == pytest.approx(0.75, abs=0.01)
    np.testing.assert_allclose(host(y)[kept], 4.0)


def test_the_gradient_passes_through_the_same_mask(xp, rng):
    x = mg.parameter(xp.asarray(rng.standard_normal((4, 5))))
    drop = nn.Dropout(0.5, rng=1)
    with mg.Tape() as tape:
        y = drop(x)
        tape.backward(y.sum())
    np.testing.assert_allclose(host(x.grad) * host(x), host(y))
    again = drop(x)
    assert not np.array_equal(host(again), host(y))
    np.testing.assert_array_equal(host(nn.Dropout(0.5, rng=1)(x)), host(y))


def test_evaluation_mode_reaches_every_module():
    x = mg.tensor(np.ones(1000))
    model = nn.Module()
    model.layers = [nn.Sequential(nn.Dropout(0.5, rng=0)), {"deep": nn.Dropout(0.5, rng=0)}]
    drops = [model.layers[0].layers[0], model.layers[1]["deep"]]
    assert model.eval() is model
    assert all((host(drop(x)) == 1).all() for drop in drops)
    assert not model.training
    model.train()
    assert all((host(drop(x)) == 0).any() for drop in drops)
    np.testing.assert_array_equal(host(nn.Dropout(0.0)(x)), 1)


def variational(cell=None, **options):
    options = {"inputs": 0.5, "recurrent": 0.5, "outputs": 0.5, "rng": 0, **options}
    return nn.VariationalDropout(cell or nn.LSTMCell(6, 8, rng=0, dtype="float64"), **options)


def test_masks_are_constant_over_a_sequence_and_differ_between_sequences(rng, xp):
    cell = on(xp, variational())
    start = cell.initial_state(3)
    xs = xp.asarray(rng.standard_normal((5, 3, 6)))
    outputs, state = nn.unroll(cell, xs, start)
    gone = host(start.outputs) == 0
    assert gone.any()
    assert not gone.all()
    assert all(np.array_equal(y == 0, gone) for y in host(outputs))
    for name in ("inputs", "recurrent", "outputs"):
        assert getattr(state, name) is getattr(start, name)
        assert not np.array_equal(host(getattr(cell.initial_state(3), name)), host(getattr(start, name)))
    inner = cell.cell
    state = inner.initial_state(3)
    for x, y in zip(xs, host(outputs), strict=True):
        h = state.h * start.recurrent
        state = inner(x * start.inputs.value, nn.LSTMState(h, state.c))
        np.testing.assert_allclose(y, host(state.h * start.outputs), rtol=1e-12)


def test_evaluation_mode_is_the_bare_cell(rng):
    cell = variational()
    xs = rng.standard_normal((4, 3, 6))
    start = cell.initial_state(3)
    cell.eval()
    expected, _ = nn.unroll(cell.cell, xs)
    for state in (None, start):
        outputs, _ = nn.unroll(cell, xs, state)
        np.testing.assert_array_equal(outputs.value, expected.value)
    assert cell.initial_state(3)[1:] == (None, None, None)


def test_masks_are_carried_from_window_to_window(rng):
    cell = nn.Stacked([variational(), nn.GRUCell(8, 4, rng=1, dtype="float64")])
    state = cell.initial_state(2)

    def step(x, state):
        state = cell(x, state)
        return cell.output(state).sum(), state

    for window in mg.truncated_bptt(step, rng.standard_normal((6, 2, 6)), state, k1=2):
        np.testing.assert_array_equal(window.state[0].inputs.value, state[0].inputs.value)


def test_what_cannot_be_left_out():
    with pytest.raises(TypeError, match="GRUCell has no recurrent dropout"):
        variational(nn.GRUCell(6, 8))
    cell = variational(nn.RNNCell(6, 8, rng=0), recurrent=0.5)
    with pytest.raises(errors.DTypeError, match=r"nn\.Embedding"):
        cell(np.array([1, 2]), cell.initial_state(2))
    gru = variational(nn.GRUCell(6, 8, rng=0), recurrent=0.0, inputs=0.0)
    gru(np.array([1, 2]), gru.initial_state(2))
    for bad in (-0.1, 1.0, float("nan")):
        with pytest.raises(ValueError, match=r"\[0, 1\)"):
            nn.Dropout(bad)
        with pytest.raises(ValueError, match="outputs"):
            variational(outputs=bad)


class Generator:
    """A generator that draws on the pretended device, as CuPy's does."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def random(self, size, dtype):
        return strict.asarray(self.rng.random(size, dtype=dtype))


def test_masks_are_drawn_on_the_device_by_its_own_generator():
    x = strict.asarray(np.ones((3, 4), np.float32))
    masks = [host(layer(x)) for layer in (nn.Dropout(0.5, rng=0), nn.Dropout(0.5, rng=Generator(0)))]
    np.testing.assert_array_equal(*masks)
    assert nn.Dropout(0.5, rng=Generator(0))(x).dtype == "float32"
    with pytest.raises(mg.errors.DeviceError):
        nn.Dropout(0.5, rng=Generator(0))(np.ones((3, 4), np.float32))


def test_a_seed_gives_the_same_masks_on_every_device(xp):
    layer = nn.Dropout(0.5, rng=7)
    np.testing.assert_array_equal(host(layer(xp.asarray(np.ones((3, 4))))), nn.Dropout(0.5, rng=7)(np.ones((3, 4))))
