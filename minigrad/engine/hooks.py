"""Hooks: functions of the user's that see a cotangent when a walk has summed it up, and may replace it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import errors
from .backend import as_array
from .tensor import Tensor, is_tensor
from .watch import Watcher

if TYPE_CHECKING:
    from .tape import Tape

Hook = Callable[[Tensor], Any]


class Hooks(Watcher):
    """Hands each cotangent to the functions that ``Tape.hook`` was given for its id."""

    def arrived(self, tape: Tape, i: int, g: Any) -> Any:
        for function in tuple(tape.hooks.get(i, ())):  # one of them may remove itself
            result = function(g if is_tensor(g) else Tensor(g))
            if result is None:
                continue
            result = result if is_tensor(result) else Tensor(as_array(result).copy())  # its owner may change it
            if result.shape != g.shape:
                raise errors.ShapeError(
                    f"a hook on {tape.names.get(i, f'%{i}')} returned shape {result.shape} for a cotangent of "
                    f"shape {g.shape}"
                )
            result = result.astype(g.dtype) if result.dtype != g.dtype else result
            g = result if is_tensor(g) else result._value
        return g


HOOKS = Hooks()
