"""``mg.checkpoint``: exact, smaller, and only of functions that are pure; what it runs again and hands on."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.primitive import REGISTRY
from tests.numeric import host
from tests.transforms.tools import ruled


def deep(x, w, b=0.0, steps=5):
    for _ in range(steps):
        x = mg.tanh(x @ w + b)
    return x


def test_checkpoint_is_exact_by_arguments_closures_and_recorded_closures(rng):
    x, w = mg.parameter(rng.standard_normal((2, 3))), mg.parameter(rng.standard_normal((3, 3)))
    seed = rng.standard_normal((2, 3))
    results = []
    for wrap in (lambda f: f, mg.checkpoint):
        x.grad = w.grad = None
        with mg.Tape() as tape:
            h = x * 2.0
            y = wrap(lambda z, k: deep(z, w) * h + k["b"])(h + x, {"b": w[0]})  # noqa: B023  (closes over h)
            y = wrap(lambda z: deep(z, w) + x)(y)
            gradients = tape.gradient(y, [x, w, h], seed, create_graph=True)
            second = tape.gradient(sum((g * g).sum() for g in gradients[:2]), [x, w], retain=True)
            tape.backward(y, seed)
        results.append([y.value, x.grad, w.grad, *(g.value for g in gradients), *(g.value for g in second)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_checkpoint_of_several_results_and_dtypes(rng):
    x = mg.parameter(rng.standard_normal((2, 3)).astype("float32"))
    w = mg.parameter(rng.standard_normal(3))

    def f(x):
        return {"y": x * w, "n": (x > 0), "x": x, "z": [mg.tanh(x), None, 5, w]}

    grads = []
    for wrap in (lambda f: f, mg.checkpoint):
        with mg.Tape() as tape:
            out = wrap(f)(x)
            assert (out["y"].dtype, out["z"][0].dtype, out["n"].dtype) == (np.float64, np.float32, bool)
            assert out["z"][1] is None
            assert out["z"][2] == 5
            assert out["z"][3] is w
            total = (out["y"] * 2).sum() + (out["z"][0] * out["x"]).sum() + (out["z"][3] * out["n"]).sum()
            grads.append(tape.gradient(total, [x, w]))
    for a, b in zip(*grads, strict=True):
        np.testing.assert_allclose(a.value, b.value, rtol=1e-6)
        assert a.dtype == b.dtype


def test_checkpoint_nests(rng):
    x, w = mg.parameter(rng.standard_normal((2, 3))), mg.parameter(rng.standard_normal((3, 3)))
    inner = mg.checkpoint(lambda x: deep(x, w))
    outer = mg.checkpoint(lambda x: inner(inner(x) * w[0]) + x)
    plain = lambda x: deep(deep(x, w) * w[0], w) + x
    for transform in (mg.grad, mg.hessian):
        with mg.Tape() as tape:
            a, b = (tape.gradient(transform(lambda x, f=f: f(x).sum())(x).sum(), w) for f in (outer, plain))
        np.testing.assert_allclose(a.value, b.value, rtol=1e-11, atol=1e-12)
    mg.gradcheck(outer, [x])


def test_checkpoint_keeps_less(rng):
    x, w = mg.parameter(rng.standard_normal((64, 64))), mg.parameter(rng.standard_normal((64, 64)) / 8)
    kept, peaks = [], []
    for wrap in (lambda f: f, mg.checkpoint):
        segment = wrap(lambda h: deep(h, w, steps=20))
        gc.collect()
        tracemalloc.start()
        with mg.Tape() as tape:
            h = x
            for _ in range(20):
                h = segment(h)
            kept.append(tape.nbytes)
            tape.backward(h.sum())
            peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert kept[1] < kept[0] / 10
    assert peaks[1] < peaks[0] / 4


def test_checkpoint_leaves_no_cycle_and_calls_the_function_twice():
    calls = []
    x = mg.parameter(2.0)
    f = mg.checkpoint(lambda x: calls.append(1) or x * x)
    assert f(x).item() == 4.0
    gc.disable()
    try:
        with mg.Tape() as tape:
            y = f(x)
            assert len(calls) == 2
            tape.backward(y)
            assert len(calls) == 3
            f(x)
        alive = weakref.ref(tape)
        del tape, y
        assert alive() is None
    finally:
        gc.enable()


def test_checkpoint_uses_the_values_that_were_recorded():
    w, array = mg.parameter(3.0), np.array([1.0, 2.0])
    f = mg.checkpoint(lambda x, a: (x * w * a).sum() * w)
    with mg.Tape() as tape:
        y = f(mg.tensor(5.0), array)
        w.value = 100.0
        array[:] = -1.0
        tape.backward(y)
    assert w.grad == 2 * 3.0 * 5.0 * 3.0
    assert w.value == 100.0


def test_checkpoint_of_an_impure_function_is_an_error():
    rng = np.random.default_rng(0)
    x = mg.parameter(np.ones(9))
    for f in (lambda x: x * rng.standard_normal(9), lambda x: x[: rng.integers(1, 9)], lambda x: x):
        wrapped = mg.checkpoint(f)
        with mg.Tape() as tape:
            y = wrapped(x).sum()
            if f(x) is x:
                assert tape.gradient(y, x).value.all()
            else:
                with pytest.raises(errors.RecomputeError, match="pure"):
                    tape.backward(y)


def test_a_value_that_leaks_out_of_a_checkpoint_is_not_used_silently():
    leaked = []
    f = mg.checkpoint(lambda x: leaked.append(x * 2.0) or x * 3.0)
    x = mg.parameter(1.0)
    with mg.Tape():
        y = f(x)
        with pytest.raises(errors.ForeignTensorError):
            _ = y + leaked[0]


def test_checkpoint_under_inspection_shows_its_records():
    x = mg.parameter(2.0)
    with mg.Tape(inspect=True) as tape:
        mg.checkpoint(lambda x: mg.tanh(x * x))(x)
    assert [r.op for r in tape] == ["multiply", "tanh"]
    with mg.Tape() as tape:
        mg.checkpoint(lambda x: mg.tanh(x * x))(x)
    assert [r.op for r in tape] == ["checkpoint"]
    assert "checkpoint" in str(tape)
    assert "checkpoint" not in REGISTRY


def test_checkpoint_and_cuts(rng):
    w = mg.parameter(0.5)
    grads = []
    for wrap in (lambda f: f, mg.checkpoint):
        step = wrap(lambda h: mg.tanh(w * h + 1.0))
        with mg.Tape() as tape:
            h = mg.tensor(1.0)
            for k in range(6):
                tape.mark()
                h = step(h)
                if k == 4:
                    tape.cut(keep=2)
            grads.append(tape.gradient(h, w).item())
    assert grads[0] == pytest.approx(grads[1], rel=1e-13)


# -- run again -------------------------------------------------------------------------------------


def test_a_checkpoint_of_several_operands_is_run_again_once_a_walk():
    calls = []
    xs = [mg.parameter(float(k)) for k in (2, 3, 5)]
    product = mg.checkpoint(lambda a, b, c: calls.append(1) or a * b * c)
    with mg.Tape() as tape:
        y = product(*xs)
        for walk in (1, 2):
            assert [g.item() for g in tape.gradient(y, xs, retain=True)] == [15.0, 10.0, 6.0]
            assert len(calls) == 1 + walk


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_checkpoint_may_hand_on_its_argument(create_graph):
    x = mg.parameter(3.0)
    f = mg.checkpoint(lambda x: (x, x * x))
    with mg.Tape() as tape:
        same, squared = f(x * 1.0)
        gradient = tape.gradient(same * squared, x, create_graph=create_graph)
        assert gradient.item() == 27.0
        if create_graph:
            assert tape.gradient(gradient, x).item() == 18.0


@pytest.mark.parametrize("create_graph", [False, True])
def test_operands_that_a_checkpoint_uses_without_derivative_have_zeros(create_graph):
    x, y = mg.parameter([2.0, 3.0]), mg.parameter([1.0, -1.0])
    f = mg.checkpoint(lambda x, y: x * (y > 0))
    with mg.Tape() as tape:
        found = tape.gradient(f(x, y).sum(), [x, y], create_graph=create_graph)
    assert [host(g).tolist() for g in found] == [[1.0, 0.0], [0.0, 0.0]]


def test_whole_numbers_in_and_out_of_a_checkpoint():
    x, n = mg.parameter([np.inf, 3.0]), mg.tensor([2, 5])
    f = mg.checkpoint(lambda x, n: (x * n, n * 2))
    with mg.Tape() as tape:
        y, twice = f(x, n)
        assert (twice.dtype, twice.numpy().tolist()) == (np.int64, [4, 10])
        assert tape.gradient(y.sum(), x).numpy().tolist() == [2.0, 5.0]
    with mg.Tape() as tape:
        only = mg.checkpoint(lambda n: n * 2)(n)
        assert only.numpy().tolist() == [4, 10]
        assert not only.recorded
        assert len(tape) == 0


def test_what_depends_on_no_tensor_is_a_constant():
    with mg.Tape() as tape:
        y, rest = mg.checkpoint(lambda k: (k * 2.0, None))(3.0)
        z = ruled(lambda k: np.ones(2) * k, lambda g, value, k: g)(3.0)
    assert (y, rest, z.numpy().tolist(), z.recorded) == (6.0, None, [3.0, 3.0], False)
    assert len(tape) == 0


@pytest.mark.parametrize("value", [np.zeros((0, 3)), np.zeros(3), np.array([np.inf, 1.0]), np.array([np.nan, 1.0])])
def test_a_checkpoint_of_any_values(value):
    x = mg.parameter(value)
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x * 3.0)(x)
        np.testing.assert_array_equal(tape.gradient(y, x, np.ones(value.shape)).value, np.full(value.shape, 3.0))


@pytest.mark.parametrize(("difference", "pure"), [(0.0, True), (1e-10, True), (1e-6, False)])
def test_half_of_the_digits_must_agree_when_it_is_run_again(difference, pure):
    """The order of sums may differ."""
    x, runs = mg.parameter([1.0, np.inf, 0.0]), iter([0.0, difference])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x + next(runs))(x)
        if pure:
            tape.gradient(y, x, np.ones(3))
        else:
            with pytest.raises(errors.RecomputeError):
                tape.gradient(y, x, np.ones(3))


def test_a_function_that_returns_a_constant_the_second_time_is_not_pure():
    x, runs = mg.parameter(2.0), iter([lambda x: x * 2.0, lambda x: 4.0])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: next(runs)(x))(x)
        with pytest.raises(errors.RecomputeError):
            tape.gradient(y, x)


@pytest.mark.parametrize("values", [[np.inf, 1e-12], [-np.inf, -1e-12], [0.0, 1e-12]])
def test_how_small_a_difference_may_be_depends_on_the_finite_values_alone(values):
    x, factors = mg.parameter(values), iter([1.0, 2.0])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x * next(factors))(x)
        with pytest.raises(errors.RecomputeError):
            tape.gradient(y, x, np.ones(2))


@pytest.mark.parametrize("which", range(3))
def test_each_of_several_results_must_agree_when_it_is_run_again(which):
    x, changes = mg.parameter(2.0), iter([1.0, 1.1])

    def f(x):
        change = next(changes)
        return tuple(x * (change if k == which else 1.0) for k in range(3))

    with mg.Tape() as tape:
        first, second, third = mg.checkpoint(f)(x)
        with pytest.raises(errors.RecomputeError):
            tape.gradient(first + second + third, x)


def test_a_checkpoint_of_small_numbers_that_is_not_pure():
    rng = np.random.default_rng(0)
    x = mg.parameter(np.full(8, 1e-4))
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x * (rng.random(8) > 0.5))(x)
        with pytest.raises(errors.RecomputeError, match="pure"):
            tape.gradient(y.sum(), x)
    scale = np.array([1.0, 2.0])
    x = mg.parameter([1.0, 1.0])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x * x * scale)(x)
        scale += 5e-4
        with pytest.raises(errors.RecomputeError, match="pure"):
            tape.gradient(y.sum(), x)
