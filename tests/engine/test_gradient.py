"""``tape.backward`` and ``tape.gradient``: targets, seeds and sources, what adds up, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from tests.numeric import host


def test_backward_accumulates_on_leaves_and_consumes_the_tape():
    x = mg.parameter([3.0, 4.0])
    with mg.Tape() as tape:
        y = (x * x).sum()
        tape.backward(y)
        np.testing.assert_array_equal(x.grad, [6, 8])
        with pytest.raises(errors.ConsumedError, match="retain=True"):
            tape.backward(y)
        with pytest.raises(errors.ConsumedError):
            tape.gradient(y, x)
        np.testing.assert_array_equal(x.grad, [6, 8])
        tape.backward((x * x).sum())
    np.testing.assert_array_equal(x.grad, [12, 16])


def test_retain_adds_exactly_once_more():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        z = y * y  # 4 x³ = 108
        for times in (1, 2, 3):
            tape.backward(z, retain=True)
            assert x.grad == 108.0 * times
        tape.backward(z)
        assert x.grad == 432.0
        with pytest.raises(errors.ConsumedError):
            tape.backward(z)


def test_gradient_leaves_grad_alone():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        assert tape.gradient(x * x, x).item() == 6.0
    assert x.grad is None


def test_gradients_at_intermediates_and_at_the_target():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        z = y * y + x
        gz, gy, gx = tape.gradient(z, [z, y, x])
    assert (gz.item(), gy.item(), gx.item()) == (1.0, 18.0, 109.0)


def test_several_targets_add_up():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = x * x
        total = y.sum()
        (g,) = tape.gradient([total, y, total], [x], seed=[2.0, np.array([10.0, 20.0]), None])
        np.testing.assert_array_equal(g.value, [2 * (2 + 10 + 1), 4 * (2 + 20 + 1)])
    with pytest.raises(errors.ShapeError, match="2 targets"):
        tape.gradient([total, y], x, seed=[1.0])


def test_one_source_twice_and_an_ancestor_of_another():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * 2.0
        a, b, c = tape.gradient(y * x, [x, x, y])
    assert (a.item(), b.item(), c.item()) == (12.0, 12.0, 3.0)
    assert not np.shares_memory(a._value, b._value)


def test_a_recorded_walk_from_outside_of_the_tape():
    x = mg.parameter(np.float32(2.0))
    with mg.Tape() as tape:
        y, seed = x * np.float64(3.0) * x, x * 3.0
    twice = tape.gradient([y, y], x, seed=[seed, seed], create_graph=True)  # 2 · 3x · 6x
    assert twice.dtype == np.float32
    assert tape.gradient(twice, x).item() == 72 * 2.0


def test_what_the_last_walk_started_from_is_said_after_walks_inside_it():
    x = mg.parameter(2.0)
    keep = mg.checkpoint(lambda x: x * x)
    for create_graph in (False, True):
        with mg.Tape() as tape:
            y = keep(x)
            z, inner = y * 3.0, y * 5.0
            other = mg.tensor(1.0) * 2.0
            tape.hook(z, lambda g, y=y, tape=tape, inner=inner: tape.gradient(inner, y, retain=True) * 0.0 + g)
            tape.gradient([z, other], x, create_graph=create_graph)
            assert tape.targets == (z._place[1], other._place[1])
            assert tape.unreached == (other._place[1],)


def test_a_leaf_may_be_the_target():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        _ = x * 2.0
        np.testing.assert_array_equal(tape.gradient(x, x, seed=np.array([5.0, 6.0])).value, [5, 6])


@pytest.mark.parametrize(
    ("seed", "error"),
    [
        (np.ones(3), errors.ShapeError),
        (1.0, errors.ShapeError),
        (np.ones((2, 1)), errors.ShapeError),
        (np.ones(2, complex), errors.DTypeError),
        (np.array([True, False]), errors.DTypeError),
    ],
)
def test_a_bad_seed(seed, error):
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = x * x
        with pytest.raises(error, match="seed"):
            tape.backward(y, seed)
        tape.backward(y, np.array([3, 4]))  # integers are converted
    np.testing.assert_array_equal(x.grad, [6, 16])


def test_a_seed_of_another_precision_is_converted(xp):
    x = mg.parameter(xp.asarray(np.ones(2, "float32")))
    with mg.Tape() as tape:
        for seed in (np.array([3.0, 4.0]), mg.tensor(xp.asarray(np.array([3.0, 4.0])))):
            g = tape.gradient(x * x, x, seed=xp.asarray(seed) if isinstance(seed, np.ndarray) else seed)
            assert g.dtype == np.float32
            np.testing.assert_array_equal(host(g), [6, 8])


def test_a_target_that_is_no_scalar_needs_a_seed():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = x * x
        with pytest.raises(errors.ShapeError, match=r"\(2,\)"):
            tape.backward(y)
        with pytest.raises(errors.ShapeError):
            tape.gradient(x[:1] * 1.0, x)


def test_unused_sources():
    x, other = mg.parameter([1.0, 2.0]), mg.parameter(np.ones((2, 2), "float32"), name="other")
    with mg.Tape() as tape:
        y = (x * x).sum()
        late = other * 2.0
        with pytest.raises(errors.UnusedError, match="'other'"):
            tape.gradient(y, [x, other], retain=True)
        zero = tape.gradient(y, other, unused="zero", retain=True)
        assert (zero.shape, zero.dtype) == ((2, 2), np.float32)
        assert not zero.value.any()
        assert tape.gradient(y, [late, x], unused="none")[0] is None
        with pytest.raises(ValueError, match="'ignore'"):
            tape.gradient(y, x, unused="ignore")
        with pytest.raises(errors.UnusedError):
            tape.backward(mg.tensor(1.0) * 2.0)
        with pytest.raises(errors.DTypeError, match="int64"):
            tape.gradient(y, mg.tensor([1, 2]))


def test_a_target_that_is_on_no_tape():
    x = mg.parameter(1.0)
    y = x * 2
    with mg.Tape() as tape:
        with pytest.raises(errors.TapeError, match="not on this tape"):
            tape.backward(y)
        with pytest.raises(errors.TapeError):
            tape.backward(mg.parameter(1.0))
    with pytest.raises(errors.TapeError, match="no tape is active"):
        y.backward()
    with mg.Tape():
        (x * x).backward()
    assert x.grad == 2.0


def test_a_target_without_derivative():
    x = mg.parameter(2.0)
    with mg.Tape() as tape, pytest.raises(errors.DTypeError, match="bool"):
        tape.backward(x > 1)


def test_walking_does_not_touch_what_the_target_does_not_depend_on():
    x, y = mg.parameter(2.0), mg.parameter(3.0)
    with mg.Tape() as tape:
        a, b = x * x, y * y
        tape.backward(a)
        assert y.grad is None
        tape.backward(b)
    assert (x.grad, y.grad) == (4.0, 6.0)


def test_a_gradient_at_an_intermediate_leaves_its_own_record_to_be_walked():
    p = mg.parameter(2.0)
    with mg.Tape() as tape:
        h = p * p
        y = h * 3.0
        assert tape.gradient(y, h).item() == 3.0
        assert tape.gradient(h, p).item() == 4.0


@pytest.mark.parametrize("target", [3, None, "loss", ["loss"]])
def test_a_target_that_is_no_tensor(target):
    x = mg.parameter(1.0)
    with mg.Tape() as tape:
        mg.exp(x)
        with pytest.raises(TypeError, match="must be a tensor, or a sequence of them, not"):
            tape.gradient(target, x)
        with pytest.raises(TypeError, match="not Record"):
            tape.backward(tape[-1])
