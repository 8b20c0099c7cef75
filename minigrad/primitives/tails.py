"""Where a function that tends to 1 has rounded away what its derivative is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

# by dtype, from where on 1 - x has lost a third of its digits
NEAR_ONE = {np.dtype(name): 1 - float(np.finfo(name).eps) ** (1 / 3) for name in ("float64", "float32", "float16")}


def tail(xp: Any, x: Any, out: Any, odd: bool) -> Any:
    """``x`` if an element of the result is near to 1, or of an ``odd`` function to -1, or NaN; else ``None``.

    Kept for a rule, ``x`` takes as much memory as the result. To look for its need takes about a microsecond; on a
    device it would take waiting, so there the rule has the result alone.
    """
    limit = NEAR_ONE.get(out.dtype)
    if limit is None or xp is not np or not out.size:
        return None
    return None if out.item(out.argmax()) < limit and (not odd or out.item(out.argmin()) > -limit) else x
