"""The search for the first NaN or infinity, forward and backward.

Off, it costs nothing: a tape asks for every record whether anybody looks on, which inspection needs anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import errors
from ..engine.backend import Array, module_of
from ..engine.cotangents import Joined, dense
from ..engine.watch import Watcher, watching

if TYPE_CHECKING:
    from ..engine.plan import Rules
    from ..engine.record import Record
    from ..engine.tape import Tape


@contextmanager
def detect_anomaly(*, infinity: bool = True) -> Iterator[None]:
    """Inside this block, raise an error where a NaN or an infinity first appears.

    In the forward computation the error names the operation that made it and the line that called it; in
    a backward walk the rule, its argument, and the line that recorded the operation (if that was
    recorded inside such a block too). NumPy's own warnings are silenced, since the error says more.
    Every value is looked at and every rule runs twice, so this is for finding a fault, not for training.

    Args:
        infinity: also look for infinities; ``False`` where they are meant, as in a mask of ``-inf``.

    Raises:
        AnomalyError: a ``FloatingPointError``; the record stays on the tape, which can be printed.

    >>> import minigrad as mg
    >>> x = mg.parameter([4.0, 0.0])
    >>> with mg.detect_anomaly(), mg.Tape() as tape:
    ...     tape.backward(mg.sqrt(x).sum())
    Traceback (most recent call last):
    minigrad.errors.AnomalyError: the rule of sqrt for argument 0 made inf ...
    """
    looked_for = {"NaN": "isnan", "inf": "isinf"} if infinity else {"NaN": "isnan"}
    with watching(_Search(looked_for)), np.errstate(all="ignore"):
        yield


class _Search(Watcher):
    """Looks at every value, at what every rule returns, and at every cotangent.

    Args:
        looked_for: what is refused, and the function that finds it.
    """

    def __init__(self, looked_for: dict[str, str]) -> None:
        self.looked_for = looked_for

    def recorded(self, tape: Tape, record: Record, out: Any) -> None:
        """Note where ``record`` was made, and refuse its result if it is not finite."""
        tape.sites[record.out] = errors.user_line()
        found = self._found(out)
        if not found:
            return
        held = [
            f"{leaf.name or 'a leaf'} held {self._found(leaf._value)}"
            for leaf in (tape.leaves[i] for i in record.inputs if i is not None and i in tape.leaves)
            if self._found(leaf._value)
        ]
        raise errors.AnomalyError(
            f"{record.op} made {found} in its result; {record!r}"
            f"{''.join(f'; its operand {each}' for each in held)} (at {tape.sites[record.out]})"
        )

    def arrived(self, tape: Tape, i: int, g: Any) -> Any:
        """Refuse a cotangent that is not finite though every rule's result was: a seed, a hook, or an overflow."""
        found = self._found(getattr(g, "_value", g))
        if found:
            raise errors.AnomalyError(
                f"the cotangent of {tape.names.get(i, f'%{i}')} is {found}, which no rule returned: it is the seed, "
                "what a hook returned, or a sum that overflowed (recorded at "
                f"{tape.sites.get(i, 'an unknown line')})"
            )
        return g

    def ruling(self, tape: Tape, record: Record, rules: Rules, g: Any, dependent: set[int]) -> None:
        """Run the rules of ``record`` on arrays, and refuse a result that is not finite."""
        g, residuals = getattr(g, "_value", g), record.residuals or ()
        with tape.paused():
            for argnum, rule, which in rules:
                if record.inputs[argnum] not in dependent:
                    continue
                contribution = dense(rule(g, *(residuals[k] for k in which)), Joined())
                found = self._found(getattr(contribution, "_value", contribution))
                if found:
                    raise errors.AnomalyError(
                        f"the rule of {record.op} for argument {argnum} made {found} in the backward walk, from a "
                        f"finite cotangent; {record!r} (recorded at {tape.sites.get(record.out, 'an unknown line')})"
                    )

    def _found(self, array: Array) -> str:
        """``"NaN"`` or ``"inf"`` with the index of the first, if there is one that is looked for; else ``""``."""
        if getattr(getattr(array, "dtype", None), "kind", "") != "f":
            return ""
        xp = module_of(array)
        for name, test in self.looked_for.items():
            bad = getattr(xp, test)(array)
            if bool(bad.any()):
                index = tuple(int(k) for k in np.unravel_index(int(bad.argmax()), bad.shape))
                return f"{name} at {list(index)}" if index else name
        return ""
