"""Cells on top of each other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from .. import errors
from .cells import Cell
from .dropout import Dropout
from .initialisers import Seed


class Stacked(Cell):
    """Cells on top of each other, as one cell: each reads the output of the one below.

    Args:
        cells: from the lowest to the highest.
        dropout: the chance to leave out an element of what a cell hands to the next one.
        rng: a NumPy generator or a seed for the dropout; or CuPy's generator, for inputs on a GPU.

    Attributes:
        cells: the cells. The state is the tuple of their states.

    Raises:
        ValueError: there are no cells, or one does not fit on the one below.
        TypeError: one is no cell.
    """

    def __init__(self, cells: Sequence[Cell], *, dropout: float = 0.0, rng: Seed = None) -> None:
        if not cells:
            raise errors.ArgumentError("nn.Stacked was given no cells")
        for level, cell in enumerate(cells):
            if not isinstance(cell, Cell):
                raise errors.MisuseError(f"nn.Stacked: cell {level} is {type(cell).__name__}, no recurrent cell")
        for level, (below, above) in enumerate(itertools.pairwise(cells), 1):
            if above.inputs != below.hidden:
                raise errors.ArgumentError(
                    f"cell {level} takes {above.inputs} inputs; the one below has {below.hidden} outputs"
                )
        self.cells = list(cells)
        self.between = Dropout(dropout, rng=rng)
        self.inputs = cells[0].inputs
        self.hidden = cells[-1].hidden

    def initial_state(self, batch: int) -> tuple[Any, ...]:
        """The initial state of each cell."""
        return tuple(cell.initial_state(batch) for cell in self.cells)

    def __call__(self, x: Any, state: Any) -> tuple[Any, ...]:
        """One step through all cells; returns the next state of each.

        Raises:
            ShapeError: the state is no tuple of one state for each cell.
        """
        if not isinstance(state, (tuple, list)) or len(state) != len(self.cells):
            count = f" of {len(state)}" if isinstance(state, (tuple, list)) else ""
            raise errors.ShapeError(
                f"nn.Stacked: the state must be a tuple of {len(self.cells)}, one for each cell, not a "
                f"{type(state).__name__}{count}"
            )
        following: list[Any] = []
        for cell, before in zip(self.cells, state, strict=True):
            if following and self.between.rate:
                x = self.between(x)
            following.append(cell(x, before))
            x = cell.output(following[-1])
        return tuple(following)

    def output(self, state: Any) -> Any:
        """The output of the highest cell."""
        return self.cells[-1].output(state[-1])
