"""Sizes, initial values and data of one training window of a character model, the same for all contestants."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

NDArray = np.ndarray[Any, Any]
Window = Callable[[], float]


LR = 0.1
CLIP = 5.0
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
CELLS = tuple(GATES)


@dataclass(frozen=True)
class Problem:
    """Sizes of one window: tokens, hidden units, batch rows, steps; and the cell, a name of ``minigrad.nn``'s."""

    name: str
    tokens: int
    hidden: int
    batch: int
    steps: int
    cell: str = "RNN"

    @property
    def of_cell(self) -> tuple[str, ...]:
        """The names of the cell's parameters, as ``minigrad.nn`` has them."""
        return ("W_x", "W_h", "b_x", "b_h") if self.cell == "GRU" else ("W_x", "W_h", "b")

    @property
    def of_model(self) -> tuple[str, ...]:
        """The names of all parameters: the cell's, and ``W`` and ``c`` of the read-out."""
        return (*self.of_cell, "W", "c")

    def arrays(self) -> dict[str, NDArray]:
        """Initial parameters and one window of data."""
        rng = np.random.default_rng(0)
        wide = GATES[self.cell] * self.hidden

        def uniform(*shape: int) -> NDArray:
            return (rng.uniform(-1, 1, shape) / math.sqrt(self.hidden)).astype(np.float32)

        shapes: dict[str, tuple[int, ...]] = {"W_x": (self.tokens, wide), "W_h": (self.hidden, wide)}
        shapes |= {"W": (self.hidden, self.tokens), "c": (self.tokens,)}
        arrays = {name: uniform(*shapes.get(name, (wide,))) for name in self.of_model}
        for name in ("x", "y"):
            arrays[name] = rng.integers(0, self.tokens, (self.steps, self.batch))
        return arrays


SIZES = {"S": (65, 64, 16, 25), "M": (65, 256, 32, 35), "L": (65, 512, 64, 50)}
PROBLEMS = tuple(Problem(name, *sizes) for name, sizes in SIZES.items())

Maker = Callable[[Problem], Window]
