"""Functions given by samples along an axis: differences, integrals, interpolation, convolution."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..checks import integer
from ..engine.primitive import primitive
from ..engine.tensor import Tensor
from .choices import clip, renewed
from .index import getitem, take
from .joining import concatenate
from .padding import pad
from .products import matmul
from .reduce import sum
from .shape import broadcast_to, flip, ravel, reshape
from .values import beside, constant, module_behind, one_axis, raw, shape_of, with_dtype

__all__ = [
    "diff",
    "ediff1d",
    "trapezoid",
    "interp",
    "convolve",
    "correlate",
]


def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along ``axis``, ``n`` times.

    Args:
        x: any shape.
        n: how often.
        axis: the axis.
        prepend, append: what to put before and behind ``x`` first: a number, or an array of as many axes.

    Raises:
        ValueError: ``n`` is negative.
        AxisError: there is no such axis.
    """
    n = integer("diff: n", n)
    if n < 0:
        raise errors.ArgumentError(f"diff: n={n!r}; it must not be negative")
    shape = shape_of(x)
    axis = one_axis(axis, len(shape))
    if n and not (prepend is None and append is None):
        edge = (*shape[:axis], 1, *shape[axis + 1 :])
        ends = [e if e is None or shape_of(e) else broadcast_to(beside(x, e), shape=edge) for e in (prepend, append)]
        x = concatenate([part for part in (ends[0], x, ends[1]) if part is not None], axis=axis)
    before = (slice(None),) * axis
    found = x
    for _ in range(n):
        found = getitem(found, (*before, slice(1, None))) - getitem(found, (*before, slice(None, -1)))
    return renewed(found, x)


def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours in the flattened array, with ``to_begin`` before and ``to_end`` behind them."""
    parts = (to_begin, diff(ravel(x)), to_end)
    return concatenate([ravel(beside(x, part)) for part in parts if part is not None])


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of ``y`` along ``axis`` by the trapezoidal rule.

    Args:
        y: the values.
        x: where they are taken: a vector, or an array that broadcasts against ``y``.
        dx: the distance of neighbours where no ``x`` is given.
        axis: the axis.
    """
    axis = one_axis(axis, len(shape_of(y)))
    if x is not None:
        dx = diff(x) if len(shape_of(x)) == 1 else diff(x, axis=axis)
        if len(shape_of(x)) == 1:
            dx = reshape(dx, shape=(-1,) + (1,) * (len(shape_of(y)) - axis - 1))
    before = (slice(None),) * axis
    halves = with_dtype(y) * 0.5  # as the sum of two may be beyond the largest number
    return sum(
        (getitem(halves, (*before, slice(1, None))) + getitem(halves, (*before, slice(None, -1)))) * dx, axis=axis
    )


def interp(x: Any, xp: Any, fp: Any) -> Any:
    """The piecewise linear function through the points ``(xp, fp)``, at ``x``; constant outside of them.

    At a point the derivative by ``x`` is that of the piece that begins there; outside it is 0.

    Args:
        x: any shape.
        xp: a vector, increasing.
        fp: a vector of as many values.

    Raises:
        ShapeError: ``xp`` and ``fp`` are no vectors of the same length.
        ValueError: ``xp`` does not increase.
    """
    shape = shape_of(xp)
    if len(shape) != 1 or not shape[0] or shape_of(fp) != shape:
        raise errors.ShapeError(
            f"interp: xp of shape {shape} and fp of shape {shape_of(fp)}; give two vectors of the same length"
        )
    module = module_behind(xp)
    points = module.asarray(raw(xp))
    if not (points[1:] > points[:-1]).all():
        raise errors.ArgumentError("interp: xp must increase from each element to the next")
    if shape == (1,):
        return take(fp, 0) + 0 * x
    inside = clip(x, take(xp, 0), take(xp, -1))
    x_known = constant(x)
    piece = _piece(points, x_known if isinstance(x_known, Tensor) else module.asarray(x_known))
    left, right = take(xp, piece), take(xp, piece + 1)
    below, above = take(fp, piece), take(fp, piece + 1)
    step = (above * 0.5 - below * 0.5) * (
        (inside - left) / (right - left)
    )  # the whole may be beyond the largest number
    return below + step + step


@primitive(name="piece", public=False)
def _piece(xp, points, x):
    """The pieces between increasing points in which the elements of ``x`` lie; the outermost reach to infinity."""
    return xp.clip(xp.searchsorted(points, x, side="right") - 1, 0, len(points) - 2)


_piece.defvjp(None, None)


def convolve(x: Any, kernel: Any, mode: str = "full") -> Any:
    """The convolution of two vectors: the sums over k of ``x[n - k] * kernel[k]``.

    Args:
        x: (n,).
        kernel: (k,).
        mode: ``"full"``, every overlap, (n + k - 1,); ``"same"``, the middle of it, (max(n, k),);
            ``"valid"``, where both overlap completely, (max(n, k) - min(n, k) + 1,).

    Raises:
        ShapeError: one is no vector, or is empty.
        ValueError: another mode.
    """
    long, short = (x, kernel) if len(_vector(x)) >= len(_vector(kernel)) else (kernel, x)
    return _slid(long, flip(short), mode)


def correlate(x: Any, kernel: Any, mode: str = "valid") -> Any:
    """The cross-correlation of two vectors: the sums over k of ``x[n + k] * kernel[k]``; see ``convolve``."""
    if len(_vector(x)) < len(_vector(kernel)):
        return flip(_slid(kernel, x, mode))
    return _slid(x, kernel, mode)


def _vector(x: Any) -> Any:
    if len(shape_of(x)) != 1 or not len(x):
        raise errors.ShapeError(f"convolve and correlate take vectors with elements, not shape {shape_of(x)}")
    return x


def _slid(x: Any, kernel: Any, mode: str) -> Any:
    """The products of a kernel with every window of a vector that is not shorter."""
    size = len(kernel)
    sides = {"full": (size - 1, size - 1), "same": (size // 2, (size - 1) // 2), "valid": (0, 0)}
    if mode not in sides:
        raise errors.ArgumentError(f"mode={mode!r}: use 'full', 'same' or 'valid'")
    padded = pad(x, sides[mode])
    xp = module_behind(x)
    windows = xp.arange(len(padded) - size + 1)[:, None] + xp.arange(size)
    return matmul(getitem(padded, windows), kernel)
