"""Transforms: over pytrees and modules, nested, and against PyTorch; regions that are one record; hooks."""

from __future__ import annotations

import copy
import gc
import tracemalloc
import weakref
from typing import Any, NamedTuple

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.context import active_tape
from minigrad.engine.primitive import REGISTRY
from minigrad.transforms.trees import tree_leaves
from tests.numeric import host


class Pair(NamedTuple):
    a: Any
    b: Any


def value(tensor):
    assert isinstance(tensor, mg.Tensor)
    return tensor.numpy()


# -- grad and value_and_grad -----------------------------------------------------------------------


def test_grad_of_numbers_arrays_and_tensors():
    for x in (3.0, np.float64(3.0), np.array(3.0), mg.tensor(3.0), mg.parameter(3.0)):
        assert value(mg.grad(lambda x: x**3)(x)) == 27.0
    result, gradient = mg.value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    assert result.item() == 5.0
    np.testing.assert_array_equal(value(gradient), [2, 4])
    assert active_tape.get() is None


def test_float32_stays_float32():
    x = np.ones(3, "float32")
    f = lambda x: (mg.tanh(x) * 2.0).sum()
    assert mg.grad(f)(x).dtype == np.float32
    assert mg.hessian(f)(x).dtype == np.float32
    assert mg.jvp(f, (x,), (x,))[1].dtype == np.float32
    assert mg.hvp(f, (x,), (x,))[0].dtype == np.float32


def test_pytrees_keep_their_structure():
    tree = {"w": np.array([1.0, 2.0]), "rest": [3.0, (4.0, Pair(5.0, None))]}

    def f(t):
        return (t["w"] * t["rest"][0]).sum() * t["rest"][1][0] * t["rest"][1][1].a

    g = mg.grad(f)(tree)
    np.testing.assert_array_equal(value(g["w"]), [60, 60])
    assert value(g["rest"][0]) == 60.0
    assert isinstance(g["rest"][1], tuple)
    assert value(g["rest"][1][0]) == 45.0
    assert isinstance(g["rest"][1][1], Pair)
    assert value(g["rest"][1][1].a) == 36.0
    assert g["rest"][1][1].b is None


def test_several_argnums_and_keyword_arguments():
    def f(x, y, z, *, power=1, scale=2.0):
        assert isinstance(y, str)
        return scale * (x * z) ** power

    g = mg.grad(f, argnums=(0, -1))(3.0, "as it is", 5.0, power=2)
    assert isinstance(g, tuple)
    assert [value(k) for k in g] == [300.0, 180.0]
    assert value(mg.grad(f, argnums=2)(3.0, "", 5.0, scale=mg.tensor(1.0))) == 3.0
    assert mg.grad(f, (0,))(3.0, "", 5.0)[0].item() == 10.0
    for wrong in (3, -4, (0, 7)):
        with pytest.raises(ValueError, match="3 positional"):
            mg.grad(f, wrong)(1.0, "", 1.0)


def test_a_function_that_ignores_its_argument():
    x = np.ones((2, 3), "float32")
    for f in (lambda x: mg.tensor(2.0), lambda x: mg.tensor(2.0) * 3.0, lambda x: mg.stop_gradient(x).sum()):
        g = mg.grad(f)(x)
        assert (g.shape, g.dtype) == ((2, 3), np.float32)
        assert not value(g).any()
        assert not value(mg.hvp(f, (x,), (x,))[0]).any()
        assert value(mg.jvp(f, (x,), (x,))[1]) == 0.0
        assert mg.hessian(f)(x).shape == (2, 3, 2, 3)
    both = mg.grad(lambda x, y: x * 2.0, (0, 1))(1.0, 5.0)
    assert [value(g) for g in both] == [2.0, 0.0]
    second = mg.grad(mg.grad(lambda x: 3.0 * x))(1.0)
    assert value(second) == 0.0


@pytest.mark.parametrize("transform", [mg.grad, mg.jacobian, mg.hessian, mg.value_and_grad])
@pytest.mark.parametrize("bad", [3, True, np.array([1, 2]), [1.0, 2], mg.tensor([1, 2])])
def test_an_integer_argument_is_an_error(transform, bad):
    with pytest.raises(errors.DTypeError, match=r"int64|bool.*test_derivatives"):
        transform(lambda x: x)(bad)
    assert active_tape.get() is None


@pytest.mark.parametrize("result", [lambda x: x, lambda x: 3.0, lambda x: (x.sum(), x), lambda x: None])
def test_grad_needs_a_scalar(result):
    with pytest.raises(errors.ShapeError, match="scalar tensor"):
        mg.grad(result)(np.ones(2))


def test_an_error_in_the_function_leaves_no_tape():
    with pytest.raises(ZeroDivisionError):
        mg.grad(lambda x: 1 / 0)(1.0)
    assert active_tape.get() is None


def test_wrapping_keeps_the_name():
    def energy(x):
        """Of a spring."""
        return x * x

    for f in (mg.grad(energy), mg.hessian(energy), mg.checkpoint(energy), mg.custom_vjp(energy)):
        assert (f.__name__, f.__doc__) == ("energy", "Of a spring.")


# -- modules ---------------------------------------------------------------------------------------


def model_and_data(rng):
    class Model(mg.nn.Module):
        def __init__(self):
            self.layers = [mg.nn.Linear(3, 4, rng=0), mg.nn.Linear(4, 2, rng=1)]
            self.tied = self.layers[0]
            self.scale = 2.0

        def __call__(self, x):
            return self.layers[1](mg.tanh(self.tied(x))) * self.scale

    return Model(), rng.standard_normal((5, 3)).astype("float32")


def test_a_module_stands_for_its_parameters(rng):
    model, x = model_and_data(rng)
    loss = lambda model, x: (model(x) ** 2).mean()
    result, gradients = mg.value_and_grad(loss)(model, x)
    with mg.Tape() as tape:
        expected = loss(model, x)
        tape.backward(expected)
    assert result.item() == expected.item()
    assert list(gradients) == [name for name, _ in model.named_parameters()]
    for name, parameter in model.named_parameters():
        np.testing.assert_array_equal(value(gradients[name]), parameter.grad)
        assert not parameter.recorded
    pair = mg.grad(lambda pair, x: loss(pair["m"], x) * pair["s"])({"m": model, "s": 3.0}, x)
    assert pair["s"].item() == pytest.approx(expected.item())
    np.testing.assert_allclose(value(pair["m"]["layers.0.W"]), 3 * gradients["layers.0.W"].value, rtol=1e-5)


def test_second_derivatives_by_a_module(rng):
    model, x = model_and_data(rng)
    loss = lambda model: (model(x) ** 2).mean()
    along = {name: rng.standard_normal(p.shape).astype("float32") for name, p in model.named_parameters()}
    (product,) = mg.hvp(loss, (model,), (along,))
    squared = mg.grad(lambda model: sum((g * g).sum() for g in mg.grad(loss)(model).values()))(model)
    (half,) = mg.hvp(loss, (model,), ({name: g.value for name, g in mg.grad(loss)(model).items()},))
    for name in along:
        np.testing.assert_allclose(value(squared[name]), 2 * half[name].value, rtol=1e-3, atol=1e-5)
        assert product[name].shape == along[name].shape
    mg.gradcheck(loss, [model])


def test_a_module_used_elsewhere_on_the_tape_does_not_mix():
    cell = mg.nn.Linear(2, 2, rng=0)
    with mg.Tape() as tape:
        outside = (cell.W * cell.W).sum()
        inner = mg.grad(lambda m: (m.W * 3.0).sum() * outside)(cell)["W"]  # outside is a constant to it
        np.testing.assert_allclose(value(inner), 3 * outside.item() * np.ones((2, 2)), rtol=1e-6)
        g = tape.gradient(inner.sum(), cell.W)
    np.testing.assert_allclose(value(g), 12 * 2 * cell.W.value, rtol=1e-5)


# -- nesting ---------------------------------------------------------------------------------------


def test_derivatives_of_any_order():
    f = lambda x: x**5
    for expected in (5 * 1.5**4, 20 * 1.5**3, 60 * 1.5**2, 120 * 1.5, 120.0, 0.0):
        f = mg.grad(f)
        assert value(f(1.5)) == pytest.approx(expected, rel=1e-13)


def test_perturbations_are_not_confused():
    # d/dx (x · d/dy (x + y)) = 1, not 2
    assert value(mg.grad(lambda x: x * mg.grad(lambda y: x + y)(1.0))(1.0)) == 1.0
    # d/dx (x · d/dy (x · y)) = 2x
    assert value(mg.grad(lambda x: x * mg.grad(lambda y: x * y)(2.0))(3.0)) == 6.0
    # the inner point is the outer variable itself: d/dx (x · d/dy (x · y) at y = x)
    assert value(mg.grad(lambda x: x * mg.grad(lambda y: x * y)(x))(3.0)) == 6.0
    # d/dx [d/dy (x y²) at y = x] = d/dx 2x² = 4x
    assert value(mg.grad(lambda x: mg.grad(lambda y: x * y * y)(x))(3.0)) == 12.0
    # three deep, each through the others' closures
    f = lambda x: x * mg.grad(lambda y: y * mg.grad(lambda z: x * y * z * z)(y) * x)(x)
    # inner: 2xy² ... y·2xy·y? d/dz(x y z²) at z=y is 2xy²; times y·x: 2x²y³; d/dy at x: 6x⁴; times x: 6x⁵
    assert value(mg.grad(f)(2.0)) == pytest.approx(30 * 2.0**4)
    # forward over reverse and back
    t = mg.jvp(lambda x: x * mg.jvp(lambda y: x * y, (2.0,), (1.0,))[1], (3.0,), (1.0,))[1]
    assert value(t) == 6.0
    assert value(mg.grad(lambda x: x * mg.jvp(lambda y: x + y, (1.0,), (1.0,))[1])(1.0)) == 1.0
    assert value(mg.jvp(lambda x: x * mg.grad(lambda y: x * y)(x), (3.0,), (1.0,))[1]) == 6.0


def test_closures_over_recorded_tensors():
    w = mg.parameter(2.0)
    with mg.Tape() as tape:
        h = w * 3.0
        slope = mg.grad(lambda x: h * x * x)(5.0)  # 2 h x
        tape.backward(slope * w)  # 60 w²/2 …
    assert slope.item() == 60.0
    assert w.grad == 120.0  # d/dw 30 w² = 60 w


def test_inside_a_paused_tape_nothing_is_recorded():
    w = mg.parameter(2.0)
    with mg.Tape() as tape:
        with tape.paused():
            g = mg.grad(lambda x: x * x)(w)
        assert len(tape) == 0
        y = g * w
    assert y.item() == 8.0
    assert tape.gradient(y, w).item() == 4.0


def test_values_of_transforms_in_an_active_tape_are_recorded():
    w = mg.parameter(2.0)
    with mg.Tape() as tape:
        result, g = mg.value_and_grad(lambda x: x**3)(w)
        assert tape.gradient(result, w, retain=True).item() == 12.0
        assert tape.gradient(g, w, retain=True).item() == 12.0
        val, tangent = mg.jvp(lambda x: x**3, (w,), (w,))  # 3 w³
        assert tape.gradient(val, w, retain=True).item() == 12.0
        assert tape.gradient(tangent, w, retain=True).item() == 36.0
        (product,) = mg.hvp(lambda x: x**3, (w,), (w,))  # 6 w²
        assert tape.gradient(product, w, retain=True).item() == 24.0
        h = mg.hessian(lambda x: x**3)(w)
        assert tape.gradient(h, w, retain=True).item() == 6.0


def test_gradients_through_unrolled_gradient_descent():
    def trained(rate):
        x = mg.tensor(1.0)
        for _ in range(3):
            x = x - rate * mg.grad(lambda x: x * x)(x)
        return x * x

    # x = (1 - 2r)³, so d(x²)/dr = 6 (1 - 2r)⁵ · (-2)
    assert value(mg.grad(trained)(0.1)) == pytest.approx(-12 * 0.8**5)


# -- vjp and jvp -----------------------------------------------------------------------------------


def test_vjp_pulls_back_again_and_again(rng):
    x, w = rng.standard_normal((2, 3)), rng.standard_normal((3, 4))
    result, pull = mg.vjp(mg.matmul, x, w)
    np.testing.assert_array_equal(value(result), x @ w)
    for _ in range(2):
        v = rng.standard_normal((2, 4))
        gx, gw = pull(v)
        np.testing.assert_allclose(value(gx), v @ w.T)
        np.testing.assert_allclose(value(gw), x.T @ v)


def test_vjp_of_trees():
    result, pull = mg.vjp(lambda p: {"b": p[0] * p[1], "a": (p[0], 5.0)}, [2.0, 3.0])
    assert result["b"].item() == 6.0
    (g,) = pull({"a": (10.0, 0.0), "b": 1.0})  # in another order of the keys
    assert [value(k) for k in g] == [13.0, 2.0]
    for bad in ({"b": 1.0}, [1.0, (2.0, 3.0)], {"b": 1.0, "a": (1.0,)}, {"b": np.ones(2), "a": (1.0, 1.0)}):
        with pytest.raises(errors.ShapeError):
            pull(bad)
    _, pull = mg.vjp(lambda x: (x * 2.0, None), 3.0)
    assert value(pull((5.0, None))[0]) == 10.0
    for bad in ((5.0, 1.0), (None, None), (5.0, ())):
        with pytest.raises(errors.ShapeError, match="must have the structure"):
            pull(bad)


def test_a_cotangent_of_another_tape_is_an_error_not_a_constant():
    _, pull = mg.vjp(mg.square, 3.0)
    v = mg.parameter(2.0)
    with mg.Tape(), pytest.raises(errors.ForeignTensorError, match="cotangent"):
        pull(v * 1.0)
    assert value(pull(v)[0]) == 12.0


def test_the_pullback_is_differentiable_by_its_cotangent():
    v = mg.parameter(2.0)
    with mg.Tape() as tape:
        _, pull = mg.vjp(lambda x: x**3, 3.0)
        (g,) = pull(v)
        assert tape.gradient(g, v).item() == 27.0


def test_jvp_is_the_derivative_along_the_tangent(rng):
    x, w = rng.standard_normal((2, 3)), rng.standard_normal((3, 3))
    dx, dw = rng.standard_normal((2, 3)), rng.standard_normal((3, 3))
    f = lambda x, w: {"y": mg.tanh(x @ w), "s": mg.logsumexp(x), "x": x}
    result, tangent = mg.jvp(f, (x, w), (dx, dw))
    h = 1e-6
    plus, minus = f(x + h * dx, w + h * dw), f(x - h * dx, w - h * dw)
    for key in result:
        np.testing.assert_allclose(value(tangent[key]), (plus[key] - minus[key]) / (2 * h), rtol=1e-7, atol=1e-9)
    v = {key: rng.standard_normal(result[key].shape) for key in result}
    gx, gw = mg.vjp(f, x, w)[1](v)
    forward = sum(np.sum(v[key] * tangent[key].value) for key in v)
    assert forward == pytest.approx(np.sum(gx.value * dx) + np.sum(gw.value * dw), rel=1e-12)


def test_jvp_checks_its_tangents():
    for tangents in ((np.ones(3),), (np.ones(2), np.ones(2)), ([1.0, 2.0],)):
        with pytest.raises(errors.ShapeError, match="tangents"):
            mg.jvp(mg.square, (np.ones(2),), tangents)
    with pytest.raises(errors.ShapeError, match="tangents"):
        mg.hvp(lambda x: x.sum(), (np.ones(2),), (np.ones(3),))
    tangents = mg.jvp(lambda d: d["a"] * d["b"], ({"a": 2.0, "b": 3.0},), ({"b": 1.0, "a": 0.0},))[1]
    assert value(tangents) == 2.0


def test_jvp_of_what_is_not_linear_or_not_used():
    out, tangent = mg.jvp(lambda x, y: (x, mg.tensor(3.0), 4.0), (2.0, 1.0), (5.0, 7.0))
    assert [value(k) if isinstance(k, mg.Tensor) else k for k in out] == [2.0, 3.0, 4.0]
    assert [value(k) for k in tangent] == [5.0, 0.0, 0.0]


# -- Jacobians and Hessians ------------------------------------------------------------------------


def mixed(ops, x, y):
    """A vector function in minigrad's and in PyTorch's words alike."""
    return ops.tanh(x @ y) * ops.exp(-x.sum()) + (x * x) @ y


def test_jacobian_against_torch(rng, torch):
    x, y = rng.standard_normal((2, 3)), rng.standard_normal((3, 2))
    ours = mg.jacobian(lambda x, y: mixed(mg, x, y), (0, 1))(x, y)
    theirs = torch.autograd.functional.jacobian(lambda x, y: mixed(torch, x, y), (torch.tensor(x), torch.tensor(y)))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(value(a), b.numpy(), rtol=1e-12, atol=1e-14)


def test_hessian_hvp_and_jvp_against_torch(rng, torch):
    x, y = rng.standard_normal((2, 3)), rng.standard_normal((3, 2))
    dx, dy = rng.standard_normal((2, 3)), rng.standard_normal((3, 2))
    ours = lambda x, y: (mixed(mg, x, y) ** 3).sum()
    theirs = lambda x, y: (mixed(torch, x, y) ** 3).sum()
    points = torch.tensor(x), torch.tensor(y)
    hessian = mg.hessian(ours, (0, 1))(x, y)
    for row, expected in zip(hessian, torch.autograd.functional.hessian(theirs, points), strict=True):
        for a, b in zip(row, expected, strict=True):
            np.testing.assert_allclose(value(a), b.numpy(), rtol=1e-10, atol=1e-10)
    directions = torch.tensor(dx), torch.tensor(dy)
    products = mg.hvp(ours, (x, y), (dx, dy))
    for a, b in zip(products, torch.autograd.functional.hvp(theirs, points, directions)[1], strict=True):
        np.testing.assert_allclose(value(a), b.numpy(), rtol=1e-10, atol=1e-10)
    full = np.tensordot(hessian[0][0].value, dx, 2) + np.tensordot(hessian[0][1].value, dy, 2)
    np.testing.assert_allclose(value(products[0]), full, rtol=1e-10, atol=1e-10)
    tangent = mg.jvp(lambda x, y: mixed(mg, x, y), (x, y), (dx, dy))[1]
    expected = torch.autograd.functional.jvp(lambda x, y: mixed(torch, x, y), points, directions)[1]
    np.testing.assert_allclose(value(tangent), expected.numpy(), rtol=1e-12, atol=1e-12)
    forward_over_reverse = mg.jvp(mg.grad(ours, (0, 1)), (x, y), (dx, dy))[1]
    for a, b in zip(forward_over_reverse, products, strict=True):
        np.testing.assert_allclose(value(a), b.value, rtol=1e-10, atol=1e-10)


def test_jacobian_of_trees_scalars_and_nothing():
    f = lambda p, k: {"sum": p["x"] * p["y"], "x": (p["x"], 1.0)}
    j = mg.jacobian(f)({"x": np.array([1.0, 2.0]), "y": 3.0}, 7)
    np.testing.assert_array_equal(value(j["sum"]["x"]), 3 * np.eye(2))
    np.testing.assert_array_equal(value(j["sum"]["y"]), [1, 2])
    np.testing.assert_array_equal(value(j["x"][0]["x"]), np.eye(2))
    assert not value(j["x"][1]["x"]).any()
    assert mg.jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)
    assert mg.jacobian(mg.square)(np.ones((0,))).shape == (0, 0)
    assert mg.jacobian(mg.square)(3.0).item() == 6.0


# -- checkpoint ------------------------------------------------------------------------------------


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


# -- custom_vjp ------------------------------------------------------------------------------------


def make_clip(limit=0.5):
    @mg.custom_vjp
    def clip_gradient(x):
        return x * 1.0

    @clip_gradient.defvjp
    def _(cotangent, result, x):
        return mg.maximum(mg.minimum(cotangent, limit), -limit)

    return clip_gradient


def test_custom_vjp_overrides_the_rule():
    clip = make_clip()
    g = mg.grad(lambda x: (clip(x) * np.array([0.1, 2.0, -3.0])).sum())(np.ones(3))
    np.testing.assert_array_equal(value(g), [0.1, 0.5, -0.5])
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        y = clip(x * x) * 3.0
        assert [r.op for r in tape] == ["multiply", "clip_gradient", "multiply"]
        tape.backward(y)
    assert x.grad == 0.5 * 4.0
    assert clip(np.array([1.0])).tolist() == [1.0]


def test_custom_vjp_with_trees_settings_and_higher_order():
    @mg.custom_vjp
    def f(p, x, factor, *, power):
        return {"y": p["a"] * x**power * factor, "z": p["a"] * 2.0}

    @f.defvjp
    def _(cotangent, result, p, x, factor, *, power):
        assert isinstance(x, mg.Tensor)
        gy = cotangent["y"] * factor
        return {"a": gy * x**power + cotangent["z"] * 2.0}, gy * p["a"] * power * x ** (power - 1), None

    inputs = ({"a": np.array([1.0, 2.0])}, np.array([3.0, 0.5]))
    assert mg.gradcheck(lambda p, x: f(p, x, 1.5, power=3), inputs, order=3)
    x = mg.parameter(2.0)
    with mg.Tape() as tape:
        out = f({"a": x}, x, 1.0, power=2)
        assert tape.gradient(out["y"] + out["z"], x).item() == 3 * 4.0 + 2.0


def test_custom_vjp_with_its_result():
    """The implicit function theorem: the square root as a fixed point, without unrolling the iteration."""

    @mg.custom_vjp
    def root(a):
        x = a
        for _ in range(30):
            x = 0.5 * (x + a / x)
        return x

    root.defvjp(lambda cotangent, x, a: cotangent / (2 * x))
    assert mg.gradcheck(root, [np.array([2.0, 9.0])], order=2)
    with mg.Tape() as tape:
        root(mg.parameter(4.0))
    assert len(tape) == 1


def test_custom_vjp_refuses_what_cannot_be_right():
    w, x = mg.parameter(2.0), mg.parameter([1.0, 2.0])
    without = mg.custom_vjp(lambda x: x)
    with pytest.raises(errors.RuleError, match="no rule"):
        without(x)
    closes = mg.custom_vjp(lambda x: x * w)
    closes.defvjp(lambda g, y, x: g)
    with mg.Tape(), pytest.raises(errors.RuleError, match="not one of its positional"):
        closes(x)
    constant = mg.tensor(2.0)
    allowed = mg.custom_vjp(lambda x: x * constant)
    allowed.defvjp(lambda g, y, x: g)
    assert value(mg.grad(lambda x: allowed(x).sum())(np.ones(2))).tolist() == [1, 1]
    for rule, match in [
        (lambda g, y, x, z: g, "1 cotangents; it has 2"),
        (lambda g, y, x, z: (g, g, g), "3 cotangents"),
        (lambda g, y, x, z: (g.sum(), g), r"shape \(\) for argument 0.*\(2,\)"),
        (lambda g, y, x, z: (g, [g, g]), "argument 1"),
    ]:
        f = mg.custom_vjp(lambda x, z: x * z)
        f.defvjp(rule)
        with mg.Tape() as tape, pytest.raises(errors.RuleError, match=match):
            tape.backward(f(x, x * 2.0).sum())


# -- primitives of the user ------------------------------------------------------------------------


@pytest.fixture
def _forget():
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.mark.usefixtures("_forget")
def test_a_users_primitive_passes_gradcheck_and_every_transform():
    @mg.primitive(broadcasts=True)
    def my_hypot(xp, x, y):
        return xp.hypot(x, y)

    my_hypot.defvjp(lambda g, x, out: g * x / out, lambda g, y, out: g * y / out)
    x, y = np.array([[3.0], [1.0]]), np.array([4.0, 0.5])
    assert mg.gradcheck(my_hypot, (x, y), order=3)
    mg.jvp(my_hypot, (x, y), (x, y))
    h = mg.hessian(lambda x: my_hypot(x, 4.0))(3.0)
    assert h.item() == pytest.approx(16 / 125)
    with mg.Tape() as tape:
        out = my_hypot(mg.parameter(3.0), 4.0)
    assert tape[0].op == "my_hypot"
    assert out.item() == 5.0


# -- hooks -----------------------------------------------------------------------------------------


def test_a_hook_sees_the_whole_cotangent_once():
    x = mg.parameter([1.0, 2.0])
    seen = []
    with mg.Tape() as tape:
        y = x * 2.0
        tape.hook(y, lambda g: seen.append(value(g)))
        z = (y * y).sum() + y[0]
        tape.backward(z)
    assert len(seen) == 1
    np.testing.assert_array_equal(seen[0], [5, 8])
    np.testing.assert_array_equal(x.grad, [10, 16])


def test_hooks_replace_in_order_and_can_be_removed():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        tape.hook(y, lambda g: g + 1.0)
        remove = tape.hook(y, lambda g: np.float32(10) * g)
        tape.hook(x, lambda g: -g)
        tape.hook(y * 5.0, lambda g: 1 / 0)  # the target does not depend on it
        z = y * 1.0
        assert [g.item() for g in tape.gradient(z, [y, x], retain=True)] == [20.0, -120.0]
        remove()
        remove()
        tape.backward(z, retain=True)
        assert x.grad == -12.0
        tape.hook(z, lambda g: g * 0.0)
        assert tape.gradient(z, x).item() == -6.0  # 0, and 1 from the first hook


def test_a_hook_may_remove_itself():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        removers = [tape.hook(y, lambda g: removers[0]()), tape.hook(y, lambda g: g * 10.0)]
        assert tape.gradient(y, x, retain=True).item() == 60.0
        removers[1]()
        assert tape.gradient(y, x).item() == 6.0


def test_hooks_under_create_graph_are_recorded():
    x = mg.parameter(3.0)
    with mg.Tape() as tape:
        y = x * x
        tape.hook(y, lambda g: g * x)
        first = tape.gradient(y * 1.0, x, create_graph=True)  # x · 2x
        assert first.item() == 18.0
        assert tape.gradient(first, x).item() == 12.0


def test_hooks_refuse_and_are_cut():
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        tape.mark()
        y = tape.name(x * 2.0, "state")
        tape.hook(y, lambda g: g.sum())
        with pytest.raises(errors.ShapeError, match=r"state.*\(\).*\(2,\)"):
            tape.backward(y.sum())
        tape.mark()
        _ = x * 3.0
        tape.mark()
        _ = x * 3.0
        tape.cut()
        assert tape.hooks == {}
    with mg.Tape() as other, pytest.raises(errors.ForeignTensorError):
        other.hook(y, lambda g: g)


def test_linearize_runs_the_function_once_and_pushes_many_tangents(rng):
    calls = []

    def f(x, p):
        calls.append(x)
        return {"a": mg.tanh(x @ p["w"]), "b": (x * x).sum()}

    primals = rng.standard_normal((2, 3)), {"w": rng.standard_normal((3, 4))}
    value, push = mg.linearize(f, *primals)
    for _ in range(3):
        tangents = rng.standard_normal((2, 3)), {"w": rng.standard_normal((3, 4))}
        expected = mg.jvp(f, primals, tangents)
        for mine, its in zip(tree_leaves((value, push(*tangents))), tree_leaves(expected), strict=True):
            np.testing.assert_array_equal(mine.numpy(), its.numpy())
    assert len(calls) == 4
    with pytest.raises(mg.errors.ShapeError, match="the tangents"):
        push(primals[0])


def test_a_pushed_tangent_can_be_differentiated_by_the_primal():
    def directional(x):
        return mg.linearize(lambda x: x**3, x)[1](1.0)

    assert float(mg.grad(directional)(2.0)) == 12.0


def test_linearize_refuses_a_tangent_of_another_tape():
    """The derivative by it would be lost."""
    _, push = mg.linearize(mg.square, 3.0)
    assert float(push(1.0)) == 6
    with pytest.raises(errors.ForeignTensorError, match=r"tangents: one of them is on another tape.*test_derivatives"):
        mg.grad(push)(1.0)

    def derivative(t):
        return mg.linearize(mg.square, 3.0)[1](t)

    assert float(mg.grad(derivative)(1.0)) == 6


@pytest.mark.skipif(np.dtype("longdouble").name == "float64", reason="long doubles are doubles here")
def test_only_the_usual_floating_point_is_differentiated():
    with pytest.raises(errors.DTypeError, match="float16, float32, float64"):
        mg.grad(lambda x: x * x)(np.longdouble(2))


@mg.custom_vjp
def own_cube(x):
    return x * x * x


@own_cube.defvjp
def _own_cube(cotangent, value, x):
    return cotangent * 3 * x * x


@pytest.mark.parametrize("cube", [own_cube, mg.checkpoint(lambda x: x * x * x)])
def test_a_seed_that_was_changed_between_two_walks(cube):
    x, seed = mg.parameter(3.0), mg.tensor(1.0)
    with mg.Tape() as tape:
        y = cube(x)
        assert float(tape.gradient(y, x, seed=seed, create_graph=True)) == 27
        seed.value = 5.0
        assert float(tape.gradient(y, x, seed=seed, create_graph=True)) == 135


@pytest.mark.parametrize("function", [np.linalg.eigh, np.linalg.slogdet, np.linalg.svd])
def test_a_plain_tuple_is_a_cotangent_of_a_named_one(function):
    value, pull = mg.vjp(getattr(mg, function.__name__), np.array([[2.0, 0.5], [0.5, 1.0]]))
    ones = [np.ones(part.shape) for part in value]
    (plain,) = pull(tuple(ones))
    (named,) = pull(type(value)(*ones))
    np.testing.assert_array_equal(plain.value, named.value)
    with pytest.raises(errors.ShapeError, match="structure"):
        pull(ones)


@pytest.mark.parametrize("make", [lambda x: np.ma.array(x, mask=[0, 1]), lambda x: np.array(x).astype(complex)])
def test_an_argument_that_would_lose_something_is_refused(make):
    bad = make([1.0, 2.0])
    x = mg.parameter([1.0, 2.0])
    with pytest.raises(errors.DTypeError, match=r"masked|cannot differentiate by an argument of dtype complex"):
        mg.grad(lambda x: (x * x).sum())(bad)
    with mg.Tape() as tape:
        y = x * x
        with pytest.raises(errors.DTypeError, match=r"masked|complex"):
            tape.gradient(y, x, seed=bad)


# -- what a function does with what it is given ----------------------------------------------------


@mg.custom_vjp
def reverse(x):
    return x


reverse.defvjp(lambda cotangent, value, x: -cotangent)


@pytest.mark.parametrize(
    "result",
    [
        lambda x: x,
        lambda x: x * 1,
        lambda x: x.detach(),
        lambda x: mg.stop_gradient(mg.round(x)),
        lambda x: mg.tensor(np.round(x.numpy())),
        lambda x: np.round(x.numpy()),
        lambda x: mg.dropout(x, 0.0, rng=np.random.default_rng(0)),
        lambda x: mg.ones(2),
    ],
)
def test_a_rule_of_ones_own_holds_for_whatever_the_function_returns(result):
    own = mg.custom_vjp(result)
    own.defvjp(lambda cotangent, value, x: cotangent * 5)
    x = mg.parameter([1.2, 2.7])
    with mg.Tape() as tape:
        y = own(x)
        np.testing.assert_array_equal(y.value, host(result(mg.tensor(x.value))))
        tape.backward((y * 3.0).sum())
    np.testing.assert_array_equal(x.grad, [15, 15])
    np.testing.assert_array_equal(mg.grad(lambda x: (own(x) * 3.0).sum())(x.value).value, [15, 15])


def test_gradient_reversal():
    np.testing.assert_array_equal(mg.grad(lambda x: (reverse(x) * 3.0).sum())(np.array([1.0, 2.0])).value, [-3, -3])
    with pytest.raises(errors.GradientError):
        mg.gradcheck(reverse, (np.array([1.0, 2.0]),))


def test_an_argument_among_several_results():
    own = mg.custom_vjp(lambda x: (x, x * 2.0))
    own.defvjp(lambda g, v, x: g[0] * 100 + g[1] * 1000)

    def f(x):
        first, second = own(x)
        return (first * 3.0 + second).sum()

    np.testing.assert_array_equal(mg.grad(f)(np.array([1.0, 2.0])).value, [1300, 1300])


def test_a_rule_of_ones_own_has_no_say_over_what_is_no_argument():
    w = mg.parameter([3.0, 4.0])
    own = mg.custom_vjp(lambda x: w)
    own.defvjp(lambda g, v, x: g)
    with mg.Tape(), pytest.raises(errors.RuleError, match="not one of its positional arguments"):
        own(mg.parameter([1.0, 2.0]))


def test_a_function_may_change_the_tree_that_it_is_given():
    def of_dict(p):
        p["w"] = p["w"] * 2
        return (p["w"] ** 2).sum()

    def of_list(items):
        for k in range(len(items)):
            items[k] = items[k] * 3
        return sum((item * item).sum() for item in items)

    np.testing.assert_array_equal(mg.grad(of_dict)({"w": np.array([1.0, 2.0])})["w"].value, [8, 16])
    assert [float(g) for g in mg.grad(of_list)([1.0, 2.0])] == [18, 36]
    _, tangent = mg.jvp(of_list, ([1.0, 2.0],), ([1.0, 0.0],))
    assert float(tangent) == 18
    ((product, _),) = mg.hvp(of_list, ([1.0, 2.0],), ([1.0, 0.0],))
    assert float(product) == 18


def test_a_constant_copy_of_a_module():
    model = mg.nn.Linear(1, 1, rng=0, dtype="float64", bias=False)
    x, w = mg.ones((1, 1)), model.W.value.item()
    gradient = mg.grad(lambda m: ((m(x) - mg.stop_gradient(m)(x) * 2) ** 2).sum())(model)
    np.testing.assert_allclose(gradient["W"].value, [[2 * (w - 2 * w)]])
    assert mg.stop_gradient(model).W is not model.W
    with mg.Tape() as tape:
        tape.backward(((model(x) - mg.stop_gradient(model)(x) * 2) ** 2).sum())
    np.testing.assert_allclose(model.W.grad, [[2 * (w - 2 * w)]])


class Held(mg.nn.Module):
    """A module that holds one of its own methods."""

    def __init__(self):
        self.w = mg.parameter([2.0, 3.0])
        self.function = self.run

    def run(self, x):
        return x * self.w

    def __call__(self, x):
        return self.function(x)


def test_a_module_that_holds_its_own_method():
    gradient = mg.grad(lambda m: m(mg.tensor([1.0, 5.0])).sum())(Held())
    np.testing.assert_array_equal(gradient["w"].value, [1, 5])


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


def test_a_result_of_another_tape_is_refused():
    with mg.Tape():
        other = mg.parameter(2.0) * 3.0
    with pytest.raises(errors.ForeignTensorError, match=r"returned a tensor .*another tape"):
        mg.grad(lambda x: other)(1.0)


def test_walks_with_the_same_seed_find_their_own():
    factor = [1.0]
    own = mg.custom_vjp(lambda x: x * 1.0)
    own.defvjp(lambda g, v, x: g * -factor[0])
    x, seed = mg.parameter([1.0, 2.0]), mg.tensor([1.0, 1.0])
    with mg.Tape() as tape:
        y = own(x)
        for factor[0] in (1.0, 5.0):
            np.testing.assert_array_equal(tape.gradient(y, x, seed=seed, retain=True).value, [-factor[0]] * 2)
        cube = mg.checkpoint(lambda x: x * x * x)(x)
        for _ in range(2):
            first = tape.gradient(cube, x, seed=seed, create_graph=True)
            np.testing.assert_array_equal(tape.gradient(first.sum(), x).value, [6, 12])


def test_a_rule_that_returns_a_constant_array():
    user = mg.primitive(lambda xp, x: x * 2.0, name="test_user", public=False)
    del REGISTRY["test_user"]
    user.defvjp(lambda g, shape: np.full(shape, 2.0))
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        first = tape.gradient(user(x * x).sum(), x, create_graph=True)
        assert isinstance(first, mg.Tensor)
        np.testing.assert_array_equal(tape.gradient(first.sum(), x).value, [4, 4])
        direct = tape.gradient(user(x).sum(), x, create_graph=True)
        assert isinstance(direct, mg.Tensor)


def test_a_copy_of_a_tape_with_functions_on_it():
    """Their records have primitives of their own, which no registry knows."""

    def tanh(x):
        return x * 2.0

    tanh = mg.custom_vjp(tanh)
    tanh.defvjp(lambda g, v, x: g * 5.0)
    x = mg.parameter([1.0, 2.0])
    with mg.Tape() as tape:
        y = mg.checkpoint(lambda x: x * x)(tanh(x))
    twin = copy.deepcopy(tape)
    assert [record.op for record in twin] == [record.op for record in tape] == ["tanh", "checkpoint"]
    assert [record.plan.primitive for record in twin] == [record.plan.primitive for record in tape]
    tape.backward(y, np.ones(2))
    np.testing.assert_array_equal(x.grad, [20, 40])
