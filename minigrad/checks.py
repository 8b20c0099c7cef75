"""Checks of what a user hands over, whose messages name it, its value and the user's line."""

from __future__ import annotations

import numbers
import operator
import os
import sys
from collections.abc import Mapping
from typing import Any

from .errors import ArgumentError, MisuseError
from .words import shown


def check_number(name: str, value: Any, low: float, high: float) -> None:
    """Refuse a setting that is no number in [low, high), NaN among them.

    Raises:
        TypeError: it is no real number.
        ValueError: it is outside.
    """
    check_real(name, value)
    if not low <= value < high:
        raise ArgumentError(f"{name}={value} is outside [{low}, {high})")


def check_positive(name: str, value: Any) -> None:
    """Refuse a limit that is no number above 0; infinity is one.

    Raises:
        TypeError: it is no real number.
        ValueError: it is not above 0.
    """
    check_real(name, value)
    if not value > 0:
        raise ArgumentError(f"{name}={value} must be positive")


def check_real(name: str, value: Any) -> None:
    """Refuse a setting that is no real number.

    Raises:
        TypeError: naming it.
    """
    if not isinstance(value, numbers.Real):
        raise MisuseError(f"{name}={shown(value)} must be a number, not {type(value).__name__}")
    try:
        float(value)
    except OverflowError:
        raise ArgumentError(f"{name}={shown(value)} is too large for a floating-point number") from None


def check_sizes(owner: str, least: int = 1, **sizes: Any) -> None:
    """Refuse sizes that are no integers from ``least`` on.

    Raises:
        TypeError: a size is no integer.
        ValueError: a size is too small.
    """
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise MisuseError(f"{owner}: {name}={value!r} must be an integer, not {type(value).__name__}")
        if value < least:
            raise ArgumentError(f"{owner}: {name}={shown(value)} must be at least {least}")
        if int(value) > sys.maxsize:
            raise ArgumentError(f"{owner}: {name}={shown(value)} is more than an array can hold")


def integer(what: str, value: Any) -> int:
    """``value`` as Python's integer.

    Raises:
        TypeError: it is none.
    """
    try:
        return operator.index(value)
    except TypeError:
        raise MisuseError(f"{what}={value!r} must be an integer, not {type(value).__name__}") from None


def check_name(what: str, name: Any) -> None:
    """Refuse a name that is no string.

    Raises:
        TypeError: naming what it was meant for.
    """
    if not isinstance(name, str):
        raise MisuseError(f"{what}: the name must be a string, not {name!r}")


def check_function(taker: str, function: Any) -> None:
    """Refuse what cannot be called.

    Raises:
        TypeError: naming who takes a function.
    """
    if not callable(function):
        hint = "; of a tensor that is computed already, ask tape.gradient(tensor, sources)"
        raise MisuseError(
            f"mg.{taker} takes a function, not {type(function).__name__}{hint if hasattr(function, 'recorded') else ''}"
        )


def check_arguments(taker: str, primals: Any, tangents: Any) -> None:
    """Refuse a single argument where a tuple of arguments is taken.

    Raises:
        TypeError: with the way to write it.
    """
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise MisuseError(
                f"{taker}: the {what} must be a tuple with one entry for each argument, not {type(given).__name__}; "
                f"write mg.{taker}(f, (x,), (v,))"
            )


def check_named(taker: str, arrays: Any) -> None:
    """Refuse what holds no arrays by name.

    Raises:
        TypeError: with the way to get a dict from what was given.
    """
    if not isinstance(arrays, Mapping):
        hint = "pass {'name': array, ...}"
        if hasattr(arrays, "state_dict"):
            hint = "pass its .state_dict()"
        elif isinstance(arrays, (str, os.PathLike)):
            hint = "read it with mg.load(path)"
        raise MisuseError(f"{taker}: expected a dict of arrays by name, not {type(arrays).__name__}; {hint}")
