"""Who is told that gradients were clipped: the loop whose backward walk computed them.

``clip_grad_norm`` is called in the body of a loop that knows nothing of it. The parameters know the tape that used
them last, so the loop leaves a note under its tape's key while the body runs, and reads there what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .tensor import Leaf


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


watchers: dict[int, Callable[[Clip], None]] = {}  # by the key of the tape whose walk computed the gradients


def tell(leaves: Iterable[Leaf], norm: float, max_norm: float) -> None:
    """Tell the loops that wait for it that the gradients of ``leaves`` went through ``clip_grad_norm``."""
    if watchers:
        for key in {leaf._place[0] for leaf in leaves}:
            watcher = watchers.get(key)
            if watcher is not None:
                watcher(Clip(norm, max_norm))
