"""Linear algebra of the array's module, which raises on a device, too, where a matrix has no result."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.backend import beside

__all__: list[str] = []

_NONE_OF_NAN = ("eigh", "svd", "pinv")  # NumPy raises for NaN and infinities; a device returns NaN


def decomposed(xp: Any, name: str, *arrays: Any, **options: Any) -> Any:
    """``xp.linalg.<name>``. On a device it waits for the result, to look whether there is one.

    Raises:
        numpy.linalg.LinAlgError: a matrix is singular, say, or holds NaN.
    """
    function = getattr(xp.linalg, name)
    if xp is np:
        return function(*arrays, **options)
    with beside(xp).errstate(linalg="raise"):
        result = function(*arrays, **options)
    if name in _NONE_OF_NAN:
        first = result[0] if isinstance(result, tuple) else result
        if not xp.isfinite(first).all():
            raise np.linalg.LinAlgError(f"{name} did not converge, as with NaN")
    return result
