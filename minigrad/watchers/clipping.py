"""Notes of clipping, for the loop whose backward walk computed the gradients.

Clipping is called in the body of a loop that knows nothing of it. The parameters know the tape that used
them last, so the loop leaves a watcher under its tape's key while the body runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..engine.watch import of_loops

if TYPE_CHECKING:
    from ..engine.tensor import Leaf


class Clip(NamedTuple):
    """One call of ``clip_grad_norm``: the norm that it found, and the longest that it allowed."""

    norm: float
    max_norm: float

    @property
    def shortened(self) -> bool:
        """Whether the gradients were longer than allowed, and finite."""
        return self.max_norm < self.norm < float("inf")

    def explain(self) -> str:
        """What happened, as a sentence."""
        if self.shortened:
            return f"The gradients were clipped from norm {self.norm:.4g} to {self.max_norm:.4g}."
        return f"The gradients, of norm {self.norm:.4g}, were not clipped (the limit was {self.max_norm:.4g})."


class ValueClip(NamedTuple):
    """One call of ``clip_grad_value``: how many elements there were, how many beyond the limit, and the limit."""

    elements: int
    beyond: int
    limit: float

    @property
    def shortened(self) -> bool:
        """Whether any element was beyond the limit."""
        return self.beyond > 0

    def explain(self) -> str:
        """What happened, as a sentence."""
        many = f"{self.beyond:,} of the gradients' {self.elements:,} elements were" if self.beyond else "No element was"
        return f"{many} clipped to ±{self.limit:.4g}."


def tell(leaves: Iterable[Leaf], clip: Clip | ValueClip) -> None:
    """Tell the loops whose walks computed the gradients of ``leaves`` that these were clipped."""
    if of_loops:
        for key in {leaf._place[0] for leaf in leaves} & of_loops.keys():
            of_loops[key].clipped(clip)
