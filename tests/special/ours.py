"""What minigrad says: derivatives of every order up to the third, each by walks over recorded walks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minigrad as mg
from tests.numeric import host


def derivatives(f: Callable[..., Any], arrays: Sequence[np.ndarray], orders: int) -> dict[tuple[int, ...], np.ndarray]:
    """For every index of at most ``orders`` coordinates, in every order, the derivative of all results, flat.

    The coordinates are those of all the operands, one behind the other. Nothing is assumed to be symmetric.
    """
    with np.errstate(all="ignore"):
        leaves = [mg.parameter(a) for a in arrays]
        with mg.Tape() as tape:
            found: dict[tuple[int, ...], list[float]] = {}
            results = _entries(f(*leaves))
            for result in results:
                _descend(tape, result, leaves, (), orders, found)
    return {index: np.array(values) for index, values in found.items()}


def _descend(tape: Any, y: Any, leaves: Sequence[Any], index: tuple[int, ...], orders: int, found: Any) -> None:
    """Differentiate one number by every coordinate, and each of those derivatives again."""
    last = len(index) + 1 == orders
    gradients = tape.gradient(y, leaves, create_graph=not last, retain=True, unused="zero")
    entries = list(itertools.chain(*map(_entries, gradients)))
    for k, entry in enumerate(entries):
        found.setdefault((*index, k), []).append(float(host(entry)))
        if not last:
            if entry.recorded:
                _descend(tape, entry, leaves, (*index, k), orders, found)
            else:
                _constant((*index, k), len(entries), orders, found)


def _constant(index: tuple[int, ...], count: int, orders: int, found: Any) -> None:
    """A derivative that depends on nothing has derivatives of zero."""
    for more in range(1, orders - len(index) + 1):
        for rest in itertools.product(range(count), repeat=more):
            found.setdefault((*index, *rest), []).append(0.0)


def _entries(x: Any) -> list[Any]:
    """The numbers in a tensor, each as a tensor."""
    if x.shape == ():
        return [x]
    return [x[k] if x.size > 1 else mg.reshape(x, ()) for k in np.ndindex(x.shape)]
