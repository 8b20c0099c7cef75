"""Chapter 2: never believe a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np


def central_difference(f: Callable[[float], float], x: float, eps: float = 1e-6) -> float:
    """The slope of ``f`` at ``x``, from one point on each side of it, ``eps`` away."""
    return (f(x + eps) - f(x - eps)) / (2 * eps)


def entries(xs: Sequence[np.ndarray]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Each number in each of the arrays: the array's place in ``xs``, and the number's index in it."""
    for n, x in enumerate(xs):
        for at in np.ndindex(np.shape(x)):
            yield n, at


def moved(xs: Sequence[np.ndarray], n: int, at: tuple[int, ...], by: float) -> list[np.ndarray]:
    """Copies of the arrays, in which the number ``at`` of array ``n`` is larger by ``by``."""
    copies = [np.array(x, "float64") for x in xs]
    copies[n][at] += by
    return copies


def gradcheck(
    f: Callable[..., float], gradient: Callable[..., Sequence[np.ndarray]], *xs: np.ndarray, eps: float = 1e-6
) -> float:
    """The largest relative error of ``gradient(*xs)``, which claims to be the derivatives of ``f(*xs)``.

    The error of a claimed number ``c``, where the central difference at distance ``eps`` is ``d``, is
    ``|c - d| / (1 + |d|)``. Every number of every array is checked; ``entries`` and ``moved`` help.

    Args:
        f: a function of as many arrays as ``xs`` has, which returns a number.
        gradient: a function of the same arrays, which returns a list: for each of them an array of its shape.
        xs: the arrays, which stay as they are.
        eps: the distance.

    Returns:
        the largest error as one number, which is NaN if any claimed number is.
    """
    claimed = gradient(*xs)
    found = [0.0]
    for n, at in entries(xs):
        slope = central_difference(lambda by: f(*moved(xs, n, at, by)), 0.0, eps)
        found.append(abs(claimed[n][at] - slope) / (1 + abs(slope)))
    return float(np.max(found))


def errors(
    f: Callable[[float], float], derivative: Callable[[float], float], x: float, epsilons: Sequence[float]
) -> list[float]:
    """How far the central difference of ``f`` at ``x`` is from ``derivative(x)``: a list, one error for each distance.

    They are in the order of ``epsilons``, never negative, and divided by nothing.
    """
    return [abs(central_difference(f, x, eps) - derivative(x)) for eps in epsilons]
