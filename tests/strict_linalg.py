"""Linear algebra as CuPy's: nothing is raised for the values of a matrix, unless ``errstate(linalg="raise")`` asks.

Even then not for NaN, of which cuSOLVER's routines make NaN, and call it success. What comes of a matrix that NumPy
refuses is rubbish here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

RUBBISH = 1e30
_raises = [False]


@contextmanager
def errstate(*, linalg: str | None = None) -> Iterator[None]:
    """Look at the statuses of cuSOLVER, for ``"raise"``, or do not."""
    _raises.append(_raises[-1] if linalg is None else {"raise": True, "ignore": False}[linalg])
    try:
        yield
    finally:
        _raises.pop()


def _unchecked(name: str) -> Callable[..., Any]:
    function = getattr(np.linalg, name)

    def called(*arrays: Any, **options: Any) -> Any:
        for array in arrays:
            if isinstance(array, np.ndarray) and array.dtype == np.float16:
                raise TypeError("float16 is unsupported in linalg")
        try:
            return function(*arrays, **options)
        except LinAlgError as failure:
            if "square" in str(failure) or "dimensional" in str(failure):
                raise
            if np.isfinite(arrays[0]).all():
                if _raises[-1]:
                    raise LinAlgError(f"Error reported by the routine of {name} in cuSOLVER. devInfo = [1].") from None
                return _filled(function, arrays, options, RUBBISH)
            return _filled(function, arrays, options, np.nan)

    return called


def _filled(function: Any, arrays: tuple[Any, ...], options: dict[str, Any], value: float) -> Any:
    """What the function returns for a harmless matrix, every element overwritten."""
    shape = arrays[0].shape
    harmless = np.broadcast_to(np.eye(*shape[-2:], dtype=arrays[0].dtype), shape)
    result = function(harmless, *arrays[1:], **options)
    return tuple(np.full_like(r, value) for r in result) if isinstance(result, tuple) else np.full_like(result, value)


cholesky, det, eigh, eigvalsh, inv, pinv, slogdet, solve, svd = map(
    _unchecked, ("cholesky", "det", "eigh", "eigvalsh", "inv", "pinv", "slogdet", "solve", "svd")
)
