"""What CuPy takes by its table: names, arguments, dtypes of operands. What it lacks is refused, and noted."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tests.cupy_table import parameters, table

FAULTS: list[str] = []  # calls that CuPy lacks, since they were last taken


class NotInCuPyError(TypeError):
    """CuPy has no such argument, or computes nothing of such dtypes."""


class NoNameError(AttributeError):
    """CuPy has no such name."""


def fault(what: str, kind: type[Exception] = NotInCuPyError) -> Exception:
    """The error for a call that CuPy lacks, which is noted."""
    FAULTS.append(what)
    return kind(what)


@functools.cache
def _bind(space: str, name: str, count: int, names: tuple[str, ...]) -> str | None:
    """Why CuPy's function does not take so many arguments and these by name, if it does not."""
    text = table()[space][name]
    if text is None:
        return None  # CuPy does not say
    try:
        parameters(text).bind(*[None] * count, **dict.fromkeys(names))
    except TypeError as failure:
        return f"{space}.{name}: {failure}"
    return None


def bound(space: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse arguments that CuPy's function does not take."""
    why = _bind(space, name, len(args), tuple(kwargs))
    if why is not None:
        raise fault(why)


@functools.cache
def _loop(space: str, name: str, dtypes: tuple[np.dtype, ...]) -> str | None:
    """The letters of CuPy's results for operands of these dtypes, or ``None``."""
    for loop in table()[space][name]:
        inputs, outputs = loop.split("->")
        if len(inputs) == len(dtypes) and all(map(np.can_cast, dtypes, inputs)):
            return str(outputs)
    return None


def in_loop(space: str, name: str, operands: tuple[Any, ...], result: Any) -> Any:
    """The result with the dtype that CuPy's ufunc gives it; refused if it has no loop for the operands."""
    strong = [x.dtype for x in operands if hasattr(x, "dtype")]
    numbers = [x for x in operands if not hasattr(x, "dtype")]
    weak = np.result_type(*strong, *numbers) if numbers else None
    dtypes = tuple(x.dtype if hasattr(x, "dtype") else weak for x in operands)
    letters = _loop(space, name, dtypes)  # type: ignore[arg-type]
    if numbers and letters is not None:  # which are as wide as NumPy takes them
        return result
    if letters is None:
        raise fault(f"{space}.{name} has no loop for {', '.join(map(str, dtypes))}")
    if isinstance(result, tuple):
        return tuple(np.asarray(r, dtype=letter) for r, letter in zip(result, letters, strict=True))
    return np.asarray(result, dtype=letters)
