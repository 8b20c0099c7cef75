"""Where a function that tends to 1 has rounded away what its derivative is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from .values import raw

# by dtype, from where on 1 - x has lost a third of its digits
NEAR_ONE = {np.dtype(name): 1 - float(np.finfo(name).eps) ** (1 / 3) for name in ("float64", "float32", "float16")}
FEW = 2048  # elements, of which the operand is kept unseen: to look takes longer than their memory is worth


def tail(xp: Any, x: Any, out: Any, odd: bool) -> Any:
    """``x`` if an element of the result may be near to 1, or of an ``odd`` function to -1, or NaN; else ``None``.

    Kept for a rule, ``x`` takes as much memory as the result. On a device, to look for its need would take waiting, so
    there the rule has the result alone.
    """
    if xp is not np or out.dtype not in NEAR_ONE:
        return None
    return x if 0 < out.size <= FEW or is_near_one(out, odd) else None


def is_near_one(out: Any, odd: bool) -> bool:
    """Whether an element of a result is near to 1, or of an ``odd`` function to -1, or NaN."""
    out = raw(out)
    if not out.size:
        return False
    limit = NEAR_ONE.get(out.dtype, 0)
    return not (out.item(out.argmax()) < limit and (not odd or out.item(out.argmin()) > -limit))
