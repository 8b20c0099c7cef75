"""Functions that make constant leaves."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from tests.numeric import check_first, host


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (mg.zeros((2, 3)), np.zeros((2, 3))),
        (mg.ones(3, "float32"), np.ones(3, "float32")),
        (mg.full((2,), 1.5), np.full(2, 1.5)),
        (mg.full((), 2), np.full((), 2)),
        (mg.arange(4), np.arange(4)),
        (mg.arange(1, 2, 0.25, "float32"), np.arange(1, 2, 0.25, "float32")),
        (mg.linspace(0, 1, 5), np.linspace(0, 1, 5)),
        (mg.linspace([0, 1], 2, 5, "float32"), np.linspace([0, 1], 2, 5, dtype="float32")),
        (mg.logspace(0, 1, 5), np.logspace(0, 1, 5)),
        (mg.logspace(0, 3, 4, base=2, dtype="float32"), np.logspace(0, 3, 4, base=2, dtype="float32")),
        (mg.eye(3), np.eye(3)),
        (mg.eye(2, 3, 1, dtype="float32"), np.eye(2, 3, 1, "float32")),
    ],
)
def test_values_and_dtypes(ours, theirs):
    assert isinstance(ours, mg.Leaf)
    assert not ours.wants_grad
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours.value, theirs)


def test_like_another(xp):
    x = mg.parameter(xp.asarray(np.ones((2, 3), "float32"))) * 2
    for made, value in [(mg.zeros_like(x), 0), (mg.ones_like(x), 1), (mg.full_like(x, 3), 3)]:
        assert made.dtype == np.float32
        assert type(made._value) is type(x._value)
        np.testing.assert_array_equal(host(made), np.full((2, 3), value))
    assert mg.zeros_like(x, "float64").dtype == np.float64
    with pytest.raises(mg.errors.DTypeError):
        mg.zeros_like([1.0])
    with pytest.raises(mg.errors.DeviceError):
        mg.zeros(2, device="tpu")


@pytest.mark.parametrize("name", ["linspace", "logspace"])
@pytest.mark.parametrize("ends", [(0.5, 2.0), (np.array([0.5, 1.0]), np.array([2.0, 3.0]))])
def test_the_ends_may_be_tensors(name, ends, rng, xp):
    ours, theirs = getattr(mg, name), getattr(np, name)
    arrays = [np.asarray(end) for end in ends]
    for f in (ours, theirs):
        made = f(*[mg.parameter(xp.asarray(end)) for end in ends], 5)
        np.testing.assert_allclose(host(made), theirs(*ends, 5), rtol=1e-14)
    check_first(lambda a, b: ours(a, b, 5) if isinstance(a, mg.Tensor) else theirs(a, b, 5), arrays, rng)
    assert ours(mg.tensor(ends[0]), 3.0, 5, dtype="float32").dtype == np.float32


def test_logspace_by_its_base(rng):
    of_base = lambda b: (mg if isinstance(b, mg.Tensor) else np).logspace(0.5, 2, 4, base=b)
    check_first(of_base, (np.array(2.5),), rng)
    np.testing.assert_allclose(mg.logspace(0.5, 2, 4, base=mg.tensor(2.5)).numpy(), np.logspace(0.5, 2, 4, base=2.5))


@pytest.mark.parametrize("base", [np.array([2.0, 3.0, 4.0]), np.array([[2.0], [3.0]])])
@pytest.mark.parametrize("ends", [(0.5, 2.0), (np.array([0.5, 1.0, 0.0]), 2.0)])
def test_logspace_by_several_bases(base, ends, xp, rng):
    expected = np.logspace(*ends, 4, base=base)
    got = mg.logspace(
        *(end if np.isscalar(end) else mg.tensor(xp.asarray(end)) for end in ends), 4, mg.tensor(xp.asarray(base))
    )
    assert got.shape == expected.shape
    np.testing.assert_allclose(host(got), expected)


def test_leaves_are_real():
    leaf = mg.tensor([1.0, 2.0])
    for make in (lambda: mg.full(3, 1j), lambda: mg.zeros(3, "complex128"), lambda: mg.Leaf(np.array([1j]))):
        with pytest.raises(mg.errors.DTypeError, match="complex128"):
            make()
    with pytest.raises(mg.errors.DTypeError, match="expected a NumPy or CuPy array, got float"):
        mg.Leaf(5.0)
    for assign in (
        lambda: setattr(leaf, "value", np.array([1j, 2])),
        lambda: mg.tensor(np.array([1j]), dtype="float32"),
    ):
        with pytest.raises(mg.errors.DTypeError, match="complex numbers were given for float"):
            assign()


@pytest.mark.parametrize("name", ["linspace", "logspace"])
@pytest.mark.parametrize("ends", [(0, 1), (np.array([0, 1]), 1.5), (1, np.array([2, 3]))])
def test_ends_that_are_integers_give_numbers_between(name, ends):
    expected = getattr(np, name)(*ends, 4)
    for first in (mg.tensor(ends[0]), ends[0]):
        got = getattr(mg, name)(first, mg.tensor(ends[1]), 4)
        assert got.dtype == np.float64
        np.testing.assert_allclose(got.numpy(), expected)
