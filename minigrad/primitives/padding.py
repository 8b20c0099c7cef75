"""Padding and repeating: elements that appear more than once, or beside others."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import errors
from ..checks import integer
from ..engine.backend import find_module, to_host
from ..engine.primitive import primitive
from .choices import renewed
from .index import take
from .leading import over_axes
from .shape import ravel, reshape
from .values import module_behind, one_axis, raw, shape_of

__all__ = [
    "pad",
    "repeat",
]

_GATHERS = ("edge", "reflect", "symmetric", "wrap")


@primitive(name="pad", public=False)
def _pad(xp, x, *, widths, constant_values):
    """``x`` with a constant added on its sides."""
    shape = [before + size + after for size, (before, after) in zip(x.shape, widths, strict=True)]
    padded = xp.full(shape, constant_values, x.dtype)
    padded[_inside(x.shape, widths)] = x
    return padded


_pad.defvjp(lambda g, shape, widths: g[_inside(shape, widths)])
_pad.defbatch(lambda batched, x, widths, **value: _pad(x, widths=((0, 0), *widths), **value))


def _inside(shape: tuple[int, ...], widths: Any) -> tuple[slice, ...]:
    return tuple(slice(before, before + size) for size, (before, _) in zip(shape, widths, strict=True))


def pad(x: Any, pad_width: Any, mode: str = "constant", *, constant_values: float = 0) -> Any:
    """``x`` with elements added on its sides.

    Args:
        x: (n, ...).
        pad_width: how many elements: an integer, (before, after), or a pair for each axis.
        mode: what is added: ``"constant"``; ``"edge"``, the outermost element; ``"reflect"``, the elements
            mirrored at the outermost one; ``"symmetric"``, mirrored at the border; ``"wrap"``, those of the
            other side. An element that is added again gathers the cotangents of its copies.
        constant_values: a number, for ``"constant"``.

    Raises:
        ShapeError: the widths do not fit, or one is negative; or there is nothing to repeat.
        ValueError: another mode.
    """
    shape = shape_of(x)
    try:
        widths = np.broadcast_to(pad_width, (len(shape), 2))
        pairs = [(integer("pad: pad_width", a), integer("pad: pad_width", b)) for a, b in widths]
    except ValueError:
        pairs = [(-1, -1)]
    if any(min(pair) < 0 for pair in pairs):
        raise errors.ShapeError(
            f"pad: pad_width={pad_width!r} does not fit an array of {len(shape)} dimensions; give an integer, a pair "
            "(before, after), or a pair for each axis, from 0 on"
        )
    if mode == "constant":
        return _pad(x, widths=tuple(pairs), constant_values=constant_values)
    if mode not in _GATHERS:
        raise errors.ArgumentError(
            f"pad: mode={mode!r} has no derivative here; use 'constant', {', '.join(map(repr, _GATHERS))}"
        )
    padded = x
    for axis, (size, pair) in enumerate(zip(shape, pairs, strict=True)):
        if any(pair):
            if not size:
                raise errors.ShapeError(f"pad: axis {axis} of {shape} has nothing to repeat")
            padded = _gathered(padded, np.pad(np.arange(size), pair, mode), axis)  # type: ignore[call-overload]
    return renewed(padded, x)


@primitive(name="repeat", public=False)
def _repeat(xp, x, *, count, axis):
    """Each element of ``x`` repeated ``count`` times in a row along ``axis``."""
    return xp.repeat(x, count, axis)


_repeat.defvjp(lambda g, shape, count, axis: _repeat_rule(g, shape, count, axis % len(shape)))
_repeat.defbatch(over_axes(_repeat))


def _repeat_rule(g: Any, shape: tuple[int, ...], count: int, axis: int) -> Any:
    return reshape(g, shape=(*shape[: axis + 1], count, *shape[axis + 1 :])).sum(axis=axis + 1)


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element of ``x`` repeated in a row along ``axis``; flattened for ``None``.

    Args:
        x: any shape.
        repeats: how many times, from 0 on: an integer, or one for each element along the axis.
        axis: the axis.

    Raises:
        ShapeError: not one count for each element, or a negative one.
        AxisError: there is no such axis.
    """
    if axis is None:
        x, axis = ravel(x), 0
    x = x if shape_of(x) else ravel(x)
    counts = raw(repeats)
    counts = to_host(counts) if find_module(counts) is not None else np.asarray(counts)
    size = shape_of(x)[one_axis(axis, len(shape_of(x)))]
    if counts.dtype.kind not in "iu":
        raise errors.MisuseError(f"repeat: repeats={repeats!r} must be an integer, or one for each element")
    if counts.shape not in ((), (1,), (size,)) or (counts < 0).any():
        raise errors.ShapeError(
            f"repeat: repeats={repeats!r}; give an integer, or {size} of them, one for each element along axis {axis}, "
            "from 0 on"
        )
    if counts.shape == (size,) != (1,):
        return _gathered(x, np.repeat(np.arange(size), counts.astype(np.intp)), axis)
    return _repeat(x, count=counts.item(), axis=axis)


def _gathered(x: Any, index: Any, axis: int) -> Any:
    return take(x, module_behind(x).asarray(index), axis)
