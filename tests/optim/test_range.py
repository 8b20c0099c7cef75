"""Optimisers and clipping at the ends of the number range, and in float16."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minigrad as mg
from minigrad import optim

SQUARING = {
    "Adam": lambda p: optim.Adam(p, lr=0.1),
    "AdamW": lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.0),
    "RMSProp": lambda p: optim.RMSProp(p, lr=0.1),
    "centered": lambda p: optim.RMSProp(p, lr=0.1, centered=True),
}


@pytest.mark.parametrize("kind", SQUARING)
@pytest.mark.parametrize("grad", [1e-6, 1.0, 6e4])
def test_float16_moves_as_float32_and_untouched_rows_stay(kind, grad):
    """The same steps in float32, rounded once for each step."""
    narrow = mg.parameter(np.full((2, 2), 0.5, "f2"))
    wide = mg.parameter(np.full((2, 2), 0.5, "f4"))
    optimizers = [SQUARING[kind]([p]) for p in (narrow, wide)]
    for _ in range(3):
        for p, optimizer in zip((narrow, wide), optimizers, strict=True):
            p.grad = np.array([[grad, -grad], [0, 0]], "f2").astype(p.dtype)
            optimizer.step()
        wide.value = wide.value.astype("f2").astype("f4")
    assert narrow.dtype == np.float16
    np.testing.assert_array_equal(narrow.value, wide.value.astype("f2"))
    np.testing.assert_array_equal(narrow.value[1], 0.5)
    assert (narrow.value[0] != 0.5).all()
    again = SQUARING[kind]([narrow])
    again.load_state_dict(optimizers[0].state_dict())
    np.testing.assert_equal(again.state_dict(), optimizers[0].state_dict())


@pytest.mark.parametrize("kind", SQUARING)
@pytest.mark.parametrize(("dtype", "grad"), [("f4", 1e20), ("f4", 3e38), ("f8", 1e200), ("f8", 1e308)])
def test_a_gradient_whose_square_overflows_moves_the_parameter(kind, dtype, grad):
    """The first step of each is as long for a gradient of 1e10 as for one of 1e20, whose squares are finite."""
    steps = []
    for size in (1e10, grad):
        p = mg.parameter(np.ones(3, dtype))
        p.grad = np.array([size, -size, 1], dtype)
        SQUARING[kind]([p]).step()
        p.grad = np.array([0, -size, 1], dtype)  # the negative one alone
        SQUARING[kind]([p]).step()
        steps.append(p.value)
    np.testing.assert_allclose(steps[1], steps[0], atol=1e-6)
    assert steps[1][0] < 0.95
    assert steps[1][1] > 1.1


@pytest.mark.parametrize("kind", SQUARING)
@pytest.mark.parametrize(("dtype", "size"), [("f4", 1e3), ("f4", 2.0**62.5), ("f8", 2.0**510.5)])
def test_a_gradient_whose_square_is_finite_counts_in_full(kind, dtype, size):
    p = mg.parameter(np.ones(3, dtype))
    p.grad = np.array([size, -size, 1.0], dtype)
    optimizer = SQUARING[kind]([p])
    optimizer.step()
    ((_, square),) = [item for item in optimizer.state_dict().items() if item[0] in ("second.0", "square.0")]
    rest = 0.001 if "Adam" in kind else 0.01
    np.testing.assert_allclose(square / rest, [size**2, size**2, 1.0], rtol=1e-6)


@pytest.mark.parametrize("kind", SQUARING)
def test_a_parameter_without_elements_is_stepped(kind):
    p = mg.parameter(np.ones((0, 3), "f4"))
    p.grad = np.ones((0, 3), "f4")
    SQUARING[kind]([p]).step()
    assert p.shape == (0, 3)
    p.grad = np.ones((0, 3), "f4")
    assert optim.grad_norm([p]) == 0.0


def test_a_spread_that_rounding_brings_below_zero_is_zero():
    """The gradients are all alike, so that their variance is 0."""
    p = mg.parameter(np.linspace(0.5, 1.5, 50, dtype="f4"))
    optimizer, grad = optim.RMSProp([p], 1e-9, centered=True, decay=0.5), p.value
    for _ in range(60):
        p.grad = grad
        optimizer.step()
    state = optimizer.state_dict()
    assert (state["square.0"] < state["mean.0"] ** 2).any()
    assert np.isfinite(p.value).all()


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW, optim.RMSProp])
@pytest.mark.parametrize(("dtype", "least"), [("f2", 1.1e-19), ("f4", 1.1e-19), ("f8", 1.5e-154)])
def test_an_eps_that_squares_do_not_reach_is_refused(kind, dtype, least):
    """Below, the root of a square that is rounded to 0 divided by eps would be a step of another length."""
    p = mg.parameter(np.ones(2, dtype))
    for eps in (0, 0.5 * least):
        with pytest.raises(mg.errors.ArgumentError, match=f"eps={eps} is below .* float(32|64) holds"):
            kind([p], eps=eps)
    steps = []
    for size in (least / 10, least / 1e6):
        p = mg.parameter(np.zeros(2, dtype if dtype != "f2" else "f4"))
        p.grad = np.array([size, 0], p.dtype)
        kind([p], lr=1.0, eps=least).step()
        steps.append(p.value)
    decay = 0.1 if kind is optim.RMSProp else 1.0  # the root of 1 - decay; Adam corrects for it
    np.testing.assert_allclose(steps[0], [-1 / (10 + decay), 0], rtol=1e-3)
    np.testing.assert_allclose(steps[1], [-1e-6, 0], rtol=1e-3)


@pytest.mark.parametrize("kind", SQUARING)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_gradient_stays_visible(kind, bad):
    p = mg.parameter(np.ones(2, "f4"))
    p.grad = np.array([bad, 1e20], "f4")
    with np.errstate(invalid="ignore"):
        SQUARING[kind]([p]).step()
    assert np.isfinite(p.value).tolist() == [False, True]


@pytest.mark.parametrize(
    ("grad", "norm"),
    [
        (np.ones(70_000, "f2"), math.sqrt(70_000)),
        (np.full(4, 6e4, "f2"), 2 * float(np.float16(6e4))),
        (np.array([1e-7, 1e-7], "f2"), math.sqrt(2) * float(np.float16(1e-7))),
        (np.array([3e-23, 4e-23], "f4"), 5e-23),
        (np.array([3e20, 4e20], "f4"), 5e20),
        (np.array([3e38, 0], "f4"), 3e38),
        (np.array([3e-200, 4e-200]), 5e-200),
        (np.array([3e200, 4e200]), 5e200),
        (np.zeros(3, "f4"), 0.0),
    ],
)
def test_norms_at_the_ends_of_the_range(grad, norm):
    p = mg.parameter(np.zeros_like(grad))
    p.grad = grad
    assert optim.grad_norm([p]) == pytest.approx(norm, rel=1e-6, abs=0)
    if norm:
        limit = min(norm / 2, 1.0)
        assert mg.clip_grad_norm([p], limit) == pytest.approx(norm, rel=1e-6, abs=0)
        assert p.grad.dtype == grad.dtype
        if grad.dtype != np.float16 or norm > 1:  # where half of an element is a number of float16
            right = grad.astype("f8") * (limit / norm)
            np.testing.assert_allclose(p.grad, right, rtol=1e-3 if grad.dtype == np.float16 else 1e-6)


def test_norms_of_what_is_no_number_and_of_two_precisions():
    p, q = mg.parameter(np.zeros(2, "f4")), mg.parameter(np.zeros(2))
    for grad, norm in [
        ([np.nan, 1], np.nan),
        ([np.nan, np.inf], np.nan),
        ([-np.inf, 1], np.inf),
        ([3e-23, 4e-23], 5e-23),
    ]:
        p.grad, q.grad = np.array(grad, "f4"), np.zeros(2)
        assert optim.grad_norm([p, q]) == pytest.approx(norm, rel=1e-6, abs=0, nan_ok=True)


def test_clipping_by_a_factor_below_the_range():
    p, grad = mg.parameter(np.zeros(2, "f4")), np.array([3e38, 1e38], "f4")
    p.grad = grad
    norm = mg.clip_grad_norm([p], 1e-5)
    np.testing.assert_allclose(p.grad, grad.astype("f8") * (1e-5 / norm), rtol=1e-6)


def test_clipping_rounds_float16_once(rng):
    p, grad = mg.parameter(np.zeros(500, "f2")), rng.standard_normal(500).astype("f2")
    p.grad = grad
    norm = mg.clip_grad_norm([p], 0.7)
    np.testing.assert_array_equal(p.grad, (grad.astype("f8") * (0.7 / norm)).astype("f2"))
