"""Initial values of parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Seed = np.random.Generator | int | None
NDArray = np.ndarray[Any, Any]


def uniform(rng: Seed, shape: tuple[int, ...], fan: int, dtype: Any = "float32") -> NDArray:
    """Values uniform in ±1/√fan, as PyTorch's recurrent cells and linear layers begin."""
    bound = 1 / math.sqrt(fan) if fan else 0.0
    return np.random.default_rng(rng).uniform(-bound, bound, shape).astype(dtype)


def normal(rng: Seed, shape: tuple[int, ...], deviation: float, dtype: Any = "float32") -> NDArray:
    """Gaussian values with mean 0 and the given standard deviation."""
    return (deviation * np.random.default_rng(rng).standard_normal(shape)).astype(dtype)
