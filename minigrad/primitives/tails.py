"""Tails of functions that tend to 1, where the result has rounded away what the derivative is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

# by the letter of the dtype, from where on 1 - x has lost a third of its digits
NEAR_ONE = {letter: 1 - float(np.finfo(letter).eps) ** (1 / 3) for letter in "dfe"}
FEW = 4096  # elements, of which to look at all takes no longer than to pick some


def tail(xp: Any, x: Any, out: Any, odd: bool) -> Any:
    """``x`` if an element of the result is near to 1, or of an ``odd`` function to -1, or NaN; else ``None``.

    Kept for a rule, ``x`` takes as much memory as the result. To look for its need takes a microsecond; on a
    device it would take waiting, so there the rule has the result alone.
    """
    if xp is not np or not out.size:
        return None
    limit = NEAR_ONE.get(out.dtype.char)
    if limit is None:  # complex numbers, of which a check of derivatives makes use
        return None
    if out.item(out.argmax()) < limit and (not odd or out.item(out.argmin()) > -limit):
        return None
    return x
