"""Transforms inside transforms and on tapes: orders, closures, and perturbations that are not confused."""

from __future__ import annotations

import pytest

import minigrad as mg
from tests.transforms.tools import value


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
