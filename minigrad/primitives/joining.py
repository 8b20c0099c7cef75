"""Joining and parting of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..checks import integer
from ..engine.backend import find_module, to_host
from ..engine.primitive import Primitive, primitive
from .leading import spread_out
from .shape import at_least, reshape
from .values import one_axis, raw, shape_of, with_dtype

__all__ = [
    "concatenate",
    "concat",
    "stack",
    "hstack",
    "vstack",
    "dstack",
    "column_stack",
    "append",
    "block",
    "split",
    "array_split",
    "hsplit",
    "vsplit",
    "dsplit",
    "unstack",
]


@primitive(name="concatenate", public=False)
def _concatenate(xp, *arrays, axis):
    """The operands joined along an axis that they have."""
    return xp.concatenate(arrays, axis=axis)


_concatenate.defvjp(lambda g, argnum, shapes, axis: _part(g, argnum, shapes, axis))
_concatenate.defbatch(lambda batched, *arrays, axis: _joined(_concatenate, spread_out(batched, arrays), axis, 0))


def _joined(join: Primitive, arrays: list[Any], axis: int, more: int) -> Any:
    """Batches joined along ``axis`` of each result, which has ``more`` axes than the elements that are joined."""
    return join(*arrays, axis=one_axis(axis, len(arrays[0].shape) - 1 + more) + 1)


def _part(g: Any, argnum: int, shapes: tuple[Any, ...], axis: int) -> Any:
    """The slice of ``g`` that operand ``argnum`` of a concatenation filled."""
    ndim = len(shapes[argnum])
    sizes = [shape[axis] for shape in shapes]
    start = sum(sizes[:argnum])
    index = [slice(None)] * ndim
    index[axis] = slice(start, start + sizes[argnum])
    return g[tuple(index)]


def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Tensors or arrays joined along an existing axis, or flattened and joined with ``axis=None``."""
    if axis is None:
        arrays, axis = [reshape(array, shape=(-1,)) for array in arrays], 0
    return _concatenate(*arrays, axis=axis)


concat = concatenate


@primitive(name="stack", public=False)
def _stack(xp, *arrays, axis):
    """The operands joined along a new axis."""
    return xp.stack(arrays, axis=axis)


_stack.defvjp(lambda g, argnum, axis: g[(slice(None),) * (axis % g.ndim) + (argnum,)])
_stack.defbatch(lambda batched, *arrays, axis: _joined(_stack, spread_out(batched, arrays), axis, 1))


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Tensors or arrays of one shape joined along a new axis."""
    return _stack(*arrays, axis=axis)


def hstack(arrays: Sequence[Any]) -> Any:
    """Tensors or arrays joined along their second axis, or the first if they are vectors."""
    wide = [at_least(array, 1) for array in arrays]
    return concatenate(wide, axis=0 if wide and wide[0].ndim == 1 else 1)


def vstack(arrays: Sequence[Any]) -> Any:
    """Tensors or arrays joined along their first axis; vectors are rows."""
    return concatenate([at_least(array, 2) for array in arrays], axis=0)


def dstack(arrays: Sequence[Any]) -> Any:
    """Tensors or arrays joined along their third axis; see ``atleast_3d``."""
    return concatenate([at_least(array, 3) for array in arrays], axis=2)


def column_stack(arrays: Sequence[Any]) -> Any:
    """Tensors or arrays joined along their second axis; vectors are columns."""
    return concatenate([reshape(a, shape=(-1, 1)) if len(shape_of(a)) < 2 else a for a in arrays], axis=1)


def append(x: Any, values: Any, axis: int | None = None) -> Any:
    """``x`` and ``values`` joined along ``axis``, or both flattened and joined."""
    return concatenate([x, values], axis=axis)


def block(arrays: Any) -> Any:
    """Nested lists of blocks as one array: the innermost lists are joined along the last axis, and so on out.

    Raises:
        ShapeError: the lists are empty or nested unevenly, or the blocks do not fit together.

    >>> import minigrad as mg
    >>> mg.block([[mg.ones((2, 2)), mg.zeros((2, 1))], [mg.full((1, 3), 5.0)]]).value.tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [5.0, 5.0, 5.0]]
    """
    depth, blocks = 0, [arrays]
    while any(isinstance(part, list) for part in blocks):
        if not all(isinstance(part, list) and part for part in blocks):
            raise errors.ShapeError("block: the lists are empty or nested unevenly")
        depth, blocks = depth + 1, [item for part in blocks for item in part]
    ndim = max(depth, *(len(shape_of(x)) for x in blocks))

    def joined(part: Any, axis: int) -> Any:
        if isinstance(part, list):
            return concatenate([joined(item, axis + 1) for item in part], axis=axis)
        shape = shape_of(part)
        return reshape(part, shape=(1,) * (ndim - len(shape)) + shape)

    return joined(arrays, -depth)


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """``x`` in consecutive parts along ``axis``.

    Args:
        x: a tensor or an array.
        indices_or_sections: the number of equal parts, or the indices (a sequence) at which parts begin.
        axis: the axis to divide.

    Raises:
        ShapeError: the axis does not divide into equal parts.
    """
    if not shape_of(indices_or_sections):
        count, size = (
            integer("split: indices_or_sections", indices_or_sections),
            shape_of(x)[one_axis(axis, len(shape_of(x)))],
        )
        if count < 1 or size % count:
            raise errors.ShapeError(f"split: {size} elements do not divide into {count} equal parts")
    return array_split(x, indices_or_sections, axis)


def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """``split`` into parts of which the first may be longer by one element, where they cannot be equal.

    Raises:
        ShapeError: fewer than one part.
    """
    x = with_dtype(x)
    axis = one_axis(axis, x.ndim)
    if not shape_of(indices_or_sections):
        count, size = integer("split: indices_or_sections", indices_or_sections), x.shape[axis]
        if count < 1:
            raise errors.ShapeError(f"array_split: {count} parts, at least 1 is needed")
        borders = [k * (size // count) + min(k, size % count) for k in range(1, count)]
    else:
        given = raw(indices_or_sections)  # the shapes depend on them, so those on a device are fetched
        given = to_host(given) if find_module(given) is not None else given
        borders = [integer("split: an index", border) for border in given]
    before = (slice(None),) * axis
    return [x[(*before, slice(*ends))] for ends in zip([0, *borders], [*borders, None], strict=True)]


def hsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """``split`` along the second axis, or the first of a vector."""
    return split(x, indices_or_sections, axis=1 if len(shape_of(x)) > 1 else 0)


def vsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """``split`` along the first axis, of a matrix at least."""
    if len(shape_of(x)) < 2:
        raise errors.ShapeError(f"vsplit: x has shape {shape_of(x)}, at least 2 axes are needed")
    return split(x, indices_or_sections, axis=0)


def dsplit(x: Any, indices_or_sections: Any) -> list[Any]:
    """``split`` along the third axis."""
    return split(x, indices_or_sections, axis=2)


def unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """The parts of ``x`` along ``axis``, without it: what ``stack`` would join again."""
    x = with_dtype(x)
    before = (slice(None),) * one_axis(axis, x.ndim)
    return tuple(x[(*before, k)] for k in range(x.shape[axis]))
