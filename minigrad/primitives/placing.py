"""Writing at an index: a copy with other elements at some places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.capture import capturing
from ..engine.cotangents import unbroadcast
from ..engine.primitive import Primitive, primitive
from ..engine.rows import is_basic
from ..engine.scatter import places_of, scatter_add
from .choices import where
from .index import getitem
from .indices import frozen_index, of_each
from .leading import spread_out
from .moving import filled, moving, pick
from .shape import moveaxis, raised, reshape
from .values import constant, module_behind, shape_of

__all__ = [
    "at_set",
    "at_add",
]


@primitive(name="at_set", public=False)
def _at_set(xp, x, value, *, index):
    """A copy of ``x`` with ``value`` at an index."""
    out = xp.array(x, dtype=xp.result_type(x, value), copy=True)
    places = None if xp is np or is_basic(index) else places_of(xp, index, out.shape)
    if places is None or not places.size:
        out[index] = value
        return out
    values = xp.asarray(value, dtype=out.dtype)
    values = values.reshape(values.shape[_leading(values.shape, places.ndim) :])
    values = xp.broadcast_to(values, places.shape).reshape(-1)
    owner = _owners(xp, places, out.shape)  # to assign them would leave any of several values at one place
    return xp.where(owner < 0, out, values[owner])


def _owners(xp: Any, places: Any, shape: tuple[int, ...]) -> Any:
    """For each element of an array, which of the values that are placed there is the last; -1 if there is none."""
    owner = xp.full(math.prod(shape), -1, "int32")
    xp.maximum.at(owner, places.reshape(-1), xp.arange(places.size, dtype="int32"))
    return owner.reshape(shape)


def _leading(shape: tuple[int, ...], axes: int) -> int:
    """How many axes, all of size 1, an assignment to so many axes ignores before those of a value."""
    return max(0, len(shape) - axes)


def _set_value_rule(g: Any, out: Any, shape: tuple[int, ...], index: Any) -> Any:
    picked = getitem(g, index)
    if not is_basic(index):
        picked = where(_is_last(module_behind(out), index, out.shape), picked, 0)
    return _as_value(picked, shape)


def _is_last(xp: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Of the values that are placed in an array, whether none is placed there after it."""
    places = places_of(xp, index, shape)
    last = _owners(xp, places, shape).reshape(-1)[places]
    return last == xp.arange(places.size).reshape(places.shape)


def _as_value(picked: Any, shape: tuple[int, ...]) -> Any:
    """The cotangent of a value of that shape, which was broadcast to where it was placed."""
    return unbroadcast(picked, shape[_leading(shape, picked.ndim) :]).reshape(shape)


_at_set.defvjp(
    lambda g, index: _at_set(g, 0, index=index),
    lambda g, out, shape, index: _set_value_rule(g, out, shape or (), index),
)


def at_set(x: Any, index: Any, value: Any) -> Any:
    """A copy of ``x`` with ``x[index] = value``; ``x`` itself is unchanged.

    Args:
        x: a tensor or an array.
        index: basic, integer or boolean indices. Where an element is named twice the last value stays.
        value: broadcasts against ``x[index]``; the result has the dtype of both, by NumPy's promotion.
    """
    frozen = frozen_index(x, index)
    if capturing.get() is not None and (held := moving(frozen)) is not None:
        return _set_moving(x, value, held[0], pattern=held[1])
    return _at_set(x, value, index=frozen)


@primitive(name="set_moving", public=False)
def _set_moving(xp, x, value, index, *, pattern):
    """A copy of ``x`` with ``value`` at an index that is an operand."""
    return _at_set.forward(xp, x, value, index=filled(xp, pattern, index))


@primitive(name="is_last", public=False)
def _is_last_moving(xp, x, index, *, pattern):
    """The same as ``_is_last`` for an array of the shape of ``x`` and an index that is an operand."""
    return _is_last(xp, filled(xp, pattern, index), x.shape)


_is_last_moving.defvjp(None, None)
_set_moving.defvjp(
    lambda g, index, pattern: _set_moving(g, 0, index, pattern=pattern),
    lambda g, out, shape, index, pattern: _as_value(
        where(_is_last_moving(constant(out), index, pattern=pattern), pick(g, index, pattern=pattern), 0), shape or ()
    ),
    None,
)


@primitive(name="at_add", public=False)
def _at_add(xp, x, value, *, index):
    """A copy of ``x`` with ``value`` added at an index."""
    out = xp.array(x, dtype=xp.result_type(x, value), copy=True, order="C")
    scatter_add(out, index, xp.broadcast_to(xp.asarray(value, dtype=out.dtype), out[index].shape))
    return out


_at_add.defvjp(
    lambda g: g,
    lambda g, shape, index: unbroadcast(getitem(g, index), shape),
)


def at_add(x: Any, index: Any, value: Any) -> Any:
    """A copy of ``x`` with ``value`` added at ``index``, as often as an element is named; see ``at_set``."""
    frozen = frozen_index(x, index)
    if capturing.get() is not None and (held := moving(frozen)) is not None:
        return _add_moving(x, value, held[0], pattern=held[1])
    return _at_add(x, value, index=frozen)


@primitive(name="add_moving", public=False)
def _add_moving(xp, x, value, index, *, pattern):
    """A copy of ``x`` with ``value`` added at an index that is an operand."""
    return _at_add.forward(xp, x, value, index=filled(xp, pattern, index))


_add_moving.defvjp(
    lambda g: g,
    lambda g, shape, index, pattern: unbroadcast(pick(g, index, pattern=pattern), shape),
    None,
)


_at_set.defbatch(lambda batched, x, value, index: _placed_batch(_at_set, batched, x, value, index))
_at_add.defbatch(lambda batched, x, value, index: _placed_batch(_at_add, batched, x, value, index))


def _placed_batch(primitive: Primitive, batched: Sequence[bool], x: Any, value: Any, index: Any) -> Any:
    picked = of_each(index, len(shape_of(x)) - batched[0])
    if batched[1] or (picked.place and shape_of(value)):
        x, value = spread_out(batched, (x, value))
        own = shape_of(value)[1:]
        value = raised(reshape(value, shape=(value.shape[0], *own[_leading(own, picked.ndim) :])), picked.ndim)
        value = moveaxis(value, 0, picked.place) if picked.place else value
    return primitive(x, value, index=picked.items)
