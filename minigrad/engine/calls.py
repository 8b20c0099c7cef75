"""Recorded calls of one, two and three operands, unrolled: the common case of tensors on the active tape.

Each does what ``Primitive.general`` does, and hands over to it whatever is not the common case: no tape, arguments by
name, arrays of another library, constants on a tape that somebody looks at, what is captured, and the first call of a
kind, which makes the plan and looks at what the forward function returns. ``python -m tests.engine.template`` wrote
this file: change the template.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .backend import HOST, REAL
from .context import recording
from .tensor import Tensor

_LACKING: Any = object()  # an argument that was not given


def _given(*args: Any) -> list[Any]:
    return [arg for arg in args if arg is not _LACKING]


def unary(self: Any, x: Any = _LACKING, /, *more: Any, **params: Any) -> Any:
    """A call with one operand."""
    if more or params or x is _LACKING:
        return self.general(*_given(x), *more, **params)
    tape = recording()
    if tape is None:
        return self.general(x)
    key = tape._plain_key
    if not isinstance(x, Tensor):
        return self.general(x)
    place, a, shape_x = x._place, x._value, x._shape
    if place[0] != key or (type(a) is not ndarray and type(a) not in HOST):
        return self.general(x)
    id_x = place[1]
    plan = self.plans.get(3)
    if plan is None:
        return self.general(x)
    try:
        out = self.forward(np, a)
    except Exception:
        return self.general(x)  # which explains
    beside = self._settings
    if self.aux:
        parts = out if type(out) is tuple and len(out) == self._width else self.parts(out)
        out, beside = parts[0], beside + parts[1:]
    pick = plan.pick
    shapes = (shape_x,)
    residuals = () if pick is None else pick((a, out, shape_x, shapes) + beside)  # noqa: RUF005  (quicker)
    return tape.append(plan, (id_x,), shapes, residuals, self.defaults, out)


def binary(self: Any, x: Any = _LACKING, y: Any = _LACKING, /, *more: Any, **params: Any) -> Any:
    """A call with two operands."""
    if more or params or y is _LACKING:
        return self.general(*_given(x, y), *more, **params)
    return binary_only(self, x, y)


def binary_only(self: Any, x: Any, y: Any) -> Any:
    """A call with two operands and nothing else, as operators make it: quicker than to call the primitive."""
    tape = recording()
    if tape is None:
        return self.general(x, y)
    key = tape._plain_key
    mask = 4  # a bit for each tensor, and one that ends them
    id_x = id_y = shape_x = shape_y = None
    if isinstance(x, Tensor):
        place, a, shape_x = x._place, x._value, x._shape
        if place[0] != key or (type(a) is not ndarray and type(a) not in HOST):
            return self.general(x, y)
        id_x = place[1]
        mask += 1
    elif (type(x) is float or type(x) is int) and not tape._watched:
        a = x
    elif type(x) in HOST and x.dtype.kind in REAL and not tape._watched:
        a, shape_x = x, x.shape
    else:
        return self.general(x, y)
    if isinstance(y, Tensor):
        place, b, shape_y = y._place, y._value, y._shape
        if place[0] != key or (type(b) is not ndarray and type(b) not in HOST):
            return self.general(x, y)
        id_y = place[1]
        mask += 2
    elif (type(y) is float or type(y) is int) and not tape._watched:
        b = y
    elif type(y) in HOST and y.dtype.kind in REAL and not tape._watched:
        b, shape_y = y, y.shape
    else:
        return self.general(x, y)
    plan = self.plans.get(mask)
    if plan is None:
        return self.general(x, y)
    try:
        out = self.forward(np, a, b)
    except Exception:
        return self.general(x, y)  # which explains
    beside = self._settings
    if self.aux:
        parts = out if type(out) is tuple and len(out) == self._width else self.parts(out)
        out, beside = parts[0], beside + parts[1:]
    if plan.constants:  # arrays whose owners may change them
        if shape_x is not None and 0 in plan.constants:
            a = a.copy()
        if shape_y is not None and 1 in plan.constants:
            b = b.copy()
    pick = plan.pick
    shapes = (shape_x, shape_y)
    residuals = () if pick is None else pick((a, b, out, shape_x, shape_y, shapes) + beside)  # noqa: RUF005  (quicker)
    return tape.append(plan, (id_x, id_y), shapes, residuals, self.defaults, out)


def ternary(self: Any, x: Any = _LACKING, y: Any = _LACKING, z: Any = _LACKING, /, *more: Any, **params: Any) -> Any:
    """A call with three operands."""
    if more or params or z is _LACKING:
        return self.general(*_given(x, y, z), *more, **params)
    tape = recording()
    if tape is None:
        return self.general(x, y, z)
    key = tape._plain_key
    mask = 8  # a bit for each tensor, and one that ends them
    id_x = id_y = id_z = shape_x = shape_y = shape_z = None
    if isinstance(x, Tensor):
        place, a, shape_x = x._place, x._value, x._shape
        if place[0] != key or (type(a) is not ndarray and type(a) not in HOST):
            return self.general(x, y, z)
        id_x = place[1]
        mask += 1
    elif (type(x) is float or type(x) is int) and not tape._watched:
        a = x
    elif type(x) in HOST and x.dtype.kind in REAL and not tape._watched:
        a, shape_x = x, x.shape
    else:
        return self.general(x, y, z)
    if isinstance(y, Tensor):
        place, b, shape_y = y._place, y._value, y._shape
        if place[0] != key or (type(b) is not ndarray and type(b) not in HOST):
            return self.general(x, y, z)
        id_y = place[1]
        mask += 2
    elif (type(y) is float or type(y) is int) and not tape._watched:
        b = y
    elif type(y) in HOST and y.dtype.kind in REAL and not tape._watched:
        b, shape_y = y, y.shape
    else:
        return self.general(x, y, z)
    if isinstance(z, Tensor):
        place, c, shape_z = z._place, z._value, z._shape
        if place[0] != key or (type(c) is not ndarray and type(c) not in HOST):
            return self.general(x, y, z)
        id_z = place[1]
        mask += 4
    elif (type(z) is float or type(z) is int) and not tape._watched:
        c = z
    elif type(z) in HOST and z.dtype.kind in REAL and not tape._watched:
        c, shape_z = z, z.shape
    else:
        return self.general(x, y, z)
    plan = self.plans.get(mask)
    if plan is None:
        return self.general(x, y, z)
    try:
        out = self.forward(np, a, b, c)
    except Exception:
        return self.general(x, y, z)  # which explains
    beside = self._settings
    if self.aux:
        parts = out if type(out) is tuple and len(out) == self._width else self.parts(out)
        out, beside = parts[0], beside + parts[1:]
    if plan.constants:  # arrays whose owners may change them
        if shape_x is not None and 0 in plan.constants:
            a = a.copy()
        if shape_y is not None and 1 in plan.constants:
            b = b.copy()
        if shape_z is not None and 2 in plan.constants:
            c = c.copy()
    pick = plan.pick
    shapes = (shape_x, shape_y, shape_z)
    residuals = () if pick is None else pick((a, b, c, out, shape_x, shape_y, shape_z, shapes) + beside)  # noqa: RUF005  (quicker)
    return tape.append(plan, (id_x, id_y, id_z), shapes, residuals, self.defaults, out)
