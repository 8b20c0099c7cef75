"""Initial values: their spread is the formula's and PyTorch's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from minigrad.nn import initialisers as init

SHAPE = (300, 200)  # (inputs, outputs)


@pytest.mark.parametrize("gain", [1.0, 2.0])
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("xavier_uniform", "xavier_uniform_"), ("xavier_normal", "xavier_normal_")],
)
def test_xavier_agrees_with_pytorch(mine, theirs, gain, rng, torch):
    weight = torch.empty(SHAPE[::-1])
    getattr(torch.nn.init, theirs)(weight, gain=gain, generator=torch.Generator().manual_seed(0))
    value = getattr(init, mine)(rng, SHAPE, gain)
    assert value.std() == pytest.approx(float(weight.std()), rel=0.02)
    if "uniform" in mine:
        assert np.abs(value).max() == pytest.approx(float(weight.abs().max()), rel=0.001)


@pytest.mark.parametrize(("mine", "theirs"), [("he_uniform", "kaiming_uniform_"), ("he_normal", "kaiming_normal_")])
def test_he_agrees_with_pytorch(mine, theirs, rng, torch):
    weight = torch.empty(SHAPE[::-1])
    getattr(torch.nn.init, theirs)(weight, nonlinearity="relu", generator=torch.Generator().manual_seed(0))
    value = getattr(init, mine)(rng, SHAPE)
    assert value.std() == pytest.approx(float(weight.std()), rel=0.02)
    assert value.std() == pytest.approx(math.sqrt(2 / SHAPE[0]), rel=0.02)


@pytest.mark.parametrize("nonlinearity", init.GAINS)
def test_gain_agrees_with_pytorch(nonlinearity, torch):
    assert init.gain(nonlinearity) == pytest.approx(torch.nn.init.calculate_gain(nonlinearity))


def test_uniform_and_normal(rng):
    values = init.uniform(rng, (10_000,), 0.3)
    assert np.abs(values).max() <= np.float32(0.3)
    assert values.std() == pytest.approx(0.3 / math.sqrt(3), rel=0.05)
    values = init.normal(rng, (10_000,), 0.3)
    assert values.std() == pytest.approx(0.3, rel=0.05)
    assert values.mean() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("shape", [(5, 5), (7, 4), (4, 7)])
def test_orthogonal(shape, rng):
    values = init.orthogonal(rng, shape, 1.5, "float64")
    assert values.shape == shape
    small = values @ values.T if shape[0] < shape[1] else values.T @ values
    np.testing.assert_allclose(small, 1.5**2 * np.eye(min(shape)), atol=1e-12)


def test_orthogonal_is_drawn_uniformly(rng):
    """Without the correction of signs the diagonal of Q would be negative on average."""
    diagonals = [np.diagonal(init.orthogonal(rng, (3, 3))).mean() for _ in range(500)]
    assert np.mean(diagonals) == pytest.approx(0, abs=0.05)


def test_one_number_is_drawn_with_either_sign(rng):
    """The uniform orthogonal matrix of one row is 1 or −1."""
    assert np.mean([init.orthogonal(rng, (1, 1)) for _ in range(1000)]) == pytest.approx(0, abs=0.1)


def test_constants():
    np.testing.assert_array_equal(init.zeros((2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(init.ones((3,)), np.ones(3))
    np.testing.assert_array_equal(init.identity((2, 3), 0.5), [[0.5, 0, 0], [0, 0.5, 0]])


@pytest.mark.parametrize(
    "make",
    [
        lambda d: init.zeros((2, 2), d),
        lambda d: init.ones((2, 2), d),
        lambda d: init.identity((2, 2), dtype=d),
        lambda d: init.orthogonal(0, (2, 2), dtype=d),
        lambda d: init.he_normal(0, (2, 2), dtype=d),
        lambda d: init.xavier_uniform(0, (2, 2), dtype=d),
    ],
)
def test_dtypes_and_seeds(make):
    assert make("float64").dtype == np.float64
    assert make("float32").flags.c_contiguous
    np.testing.assert_array_equal(make("float32"), make("float32"))


def test_refusals():
    with pytest.raises(ValueError, match=r"'gelu'.*linear, sigmoid"):
        init.gain("gelu")
    for shape in [(3,), (2, 3, 4), (0, 3)]:
        with pytest.raises(ValueError, match="inputs, outputs"):
            init.xavier_normal(0, shape)
