"""The gradient by lag as rows of numbers: what was measured, and how much a scheme counts of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...bptt.lags import Lags
from ...statements import Statement
from ..text import Run
from .names import Runs

MOST_LAGS = 200


@dataclass(frozen=True, slots=True)
class LagRow:
    """Numbers by lag.

    Attributes:
        kind: of its statements.
        name: what they are, in words.
        label: as it is set in a picture.
        sizes: the number of each lag that is shown.
        linear: whether they are weights from 0 to 1; else they lie on a logarithmic scale.
    """

    kind: str
    name: str
    label: Runs
    sizes: tuple[float, ...]
    linear: bool = False


@dataclass(frozen=True, slots=True)
class LagRows:
    """What a picture of ``Lags`` shows.

    Attributes:
        rows: from top to bottom.
        lags: how many were measured, shown or not.
        steps: the length of the stretch.
        losses: how many of its steps had a loss.
    """

    rows: tuple[LagRow, ...]
    lags: int
    steps: int
    losses: int

    def statements(self) -> Iterator[Statement]:
        """What it claims: the number of each lag."""
        for row in self.rows:
            for lag, size in enumerate(row.sizes):
                yield Statement(row.kind, (), (lag, size))


def lag_rows(lags: Lags, k: int | tuple[int, int] | None) -> LagRows:
    """The rows of what was measured, and of the weights of a scheme.

    Raises:
        TypeError, ValueError: ``k`` is no window.
    """
    j = Run("j", italic=True, shift="sub")
    rows = [
        LagRow("phi", "mean norm of ∂ℓ/∂h, j steps before the loss", (Run("φ"), j), _numbers(lags.phi)),
        LagRow(
            "by lag",
            "norm of the part of the gradient that has lag j",
            (Run("‖"), Run("g", italic=True), j, Run("‖")),
            _numbers(lags.norms),
        ),
    ]
    if k is not None:
        k1, k2 = k if isinstance(k, tuple) else (k, k)
        said = f"k = {k1}" if k1 == k2 else f"k = ({k1}, {k2})"
        weights = lags.kernel(k1, k2)
        label = (Run("w", italic=True), Run("("), Run("j", italic=True), Run(")"))
        rows.append(LagRow("weight", f"weight of lag j in windows, {said}", label, _numbers(weights), linear=True))
    return LagRows(tuple(rows), len(lags), lags.steps, lags.losses)


def _numbers(array: object) -> tuple[float, ...]:
    return tuple(map(float, array[:MOST_LAGS]))  # type: ignore[index]
