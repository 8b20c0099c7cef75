"""Initial values of parameters, as arrays on the host.

A weight has shape (inputs, outputs): what computes ``x W`` adds up ``inputs`` terms for each of its
``outputs``. To give a parameter other values than a layer begins with, assign to it:

    cell = nn.RNNCell(65, 256, nonlinearity="relu")
    cell.W_h.value = nn.initialisers.identity(cell.W_h.shape)
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from ..errors import ArgumentError

Seed: TypeAlias = "np.random.Generator | int | None"  # a string, because numpy.random is slow to import
NDArray = np.ndarray[Any, Any]

GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}


def gain(nonlinearity: str) -> float:
    """By how much weights must be larger so that activations keep their variance through a nonlinearity.

    1 for ``"linear"`` and ``"sigmoid"``, √2 for ``"relu"`` (He et al. 2015), 5/3 for ``"tanh"``, the
    values that PyTorch's ``calculate_gain`` gives.

    Raises:
        ValueError: another name.
    """
    if nonlinearity not in GAINS:
        raise ArgumentError(f"gain({nonlinearity!r}): the nonlinearity must be one of {', '.join(GAINS)}")
    return GAINS[nonlinearity]


def generator(rng: Any) -> Any:
    """A generator of NumPy's, from a seed; one of CuPy's, which draws on the device, as it is."""
    return rng if type(rng).__name__ == "Generator" else np.random.default_rng(rng)


def zeros(shape: tuple[int, ...], dtype: Any = "float32") -> NDArray:
    """Zeros, the usual beginning of biases."""
    return np.zeros(shape, dtype)


def ones(shape: tuple[int, ...], dtype: Any = "float32") -> NDArray:
    """Ones, the usual beginning of gains."""
    return np.ones(shape, dtype)


def uniform(rng: Seed, shape: tuple[int, ...], bound: float, dtype: Any = "float32") -> NDArray:
    """Values uniform in ±``bound``. With 1/√hidden or 1/√inputs PyTorch's cells and linear layers begin."""
    return np.random.default_rng(rng).uniform(-bound, bound, shape).astype(dtype)


def normal(rng: Seed, shape: tuple[int, ...], deviation: float, dtype: Any = "float32") -> NDArray:
    """Gaussian values with mean 0 and the given standard deviation."""
    return (deviation * np.random.default_rng(rng).standard_normal(shape)).astype(dtype)


def xavier_uniform(rng: Seed, shape: tuple[int, ...], gain: float = 1.0, dtype: Any = "float32") -> NDArray:
    """Values uniform in ±gain · √(6 / (inputs + outputs)) (Glorot and Bengio 2010, equation 16)."""
    return uniform(rng, shape, gain * math.sqrt(6 / sum(_fans(shape))), dtype)


def xavier_normal(rng: Seed, shape: tuple[int, ...], gain: float = 1.0, dtype: Any = "float32") -> NDArray:
    """Gaussian values with deviation gain · √(2 / (inputs + outputs)) (Glorot and Bengio 2010)."""
    return normal(rng, shape, gain * math.sqrt(2 / sum(_fans(shape))), dtype)


def he_uniform(rng: Seed, shape: tuple[int, ...], gain: float = GAINS["relu"], dtype: Any = "float32") -> NDArray:
    """Values uniform in ±gain · √(3 / inputs) (He et al. 2015, equation 10)."""
    return uniform(rng, shape, gain * math.sqrt(3 / _fans(shape)[0]), dtype)


def he_normal(rng: Seed, shape: tuple[int, ...], gain: float = GAINS["relu"], dtype: Any = "float32") -> NDArray:
    """Gaussian values with deviation gain / √inputs (He et al. 2015, equation 10)."""
    return normal(rng, shape, gain / math.sqrt(_fans(shape)[0]), dtype)


def orthogonal(rng: Seed, shape: tuple[int, ...], gain: float = 1.0, dtype: Any = "float32") -> NDArray:
    """A matrix with orthonormal rows or columns, whichever are fewer, times ``gain`` (Saxe et al. 2014).

    A square one, as ``W_h`` is, keeps the length of what it multiplies. The matrix is drawn uniformly:
    the Q of a Gaussian matrix's QR decomposition, with R's diagonal made positive (Mezzadri 2007).
    """
    rows, columns = _fans(shape)
    square = np.random.default_rng(rng).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(square)
    q = q * np.where(np.diagonal(r) < 0, -1, 1)
    return np.ascontiguousarray(gain * (q if rows >= columns else q.T)).astype(dtype)


def identity(shape: tuple[int, ...], gain: float = 1.0, dtype: Any = "float32") -> NDArray:
    """``gain`` on the diagonal, else 0: with relu the "IRNN", which begins by remembering (Le et al. 2015)."""
    rows, columns = _fans(shape)
    return (gain * np.eye(rows, columns)).astype(dtype)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(inputs, outputs) of a weight.

    Raises:
        ValueError: it is no matrix, or it is empty.
    """
    if len(shape) != 2 or 0 in shape:
        raise ArgumentError(f"a weight has shape (inputs, outputs), both at least 1, not {shape}")
    return shape
