"""Tails of functions that tend to 1, where the result has rounded away what the derivative is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

# by dtype, from where on 1 - x has lost a third of its digits
NEAR_ONE = {np.dtype(name): 1 - float(np.finfo(name).eps) ** (1 / 3) for name in ("float64", "float32", "float16")}
FEW = 4096  # elements, of which to look at all takes no longer than to pick some


def tail(xp: Any, x: Any, out: Any, odd: bool) -> Any:
    """``x`` if an element of the result is near to 1, or of an ``odd`` function to -1, or NaN; else ``None``.

    Kept for a rule, ``x`` takes as much memory as the result. To look for its need takes half a microsecond; on a
    device it would take waiting, so there the rule has the result alone.
    """
    return x if xp is np and is_near_one(out, odd) else None


def is_near_one(out: Any, odd: bool) -> bool:
    """Whether an element of a result is near to 1, or of an ``odd`` function to -1, or NaN."""
    limit = NEAR_ONE.get(out.dtype)
    if limit is None or not out.size:
        return False
    return not (out.item(out.argmax()) < limit and (not odd or out.item(out.argmin()) > -limit))
