"""The template of the unrolled calls: ``python -m tests.engine.template`` writes ``minigrad/engine/calls.py``."""

from __future__ import annotations

from pathlib import Path

import minigrad

FILE = Path(minigrad.__file__).parent / "engine" / "calls.py"

HEAD = '''"""Recorded calls of one, two and three operands, unrolled: the common case of tensors on the active tape.

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
'''

METHOD = '''

def {name}(self: Any, {defaults}, /, *more: Any, **params: Any) -> Any:
    """A call with {count}."""
    if more or params or {last} is _LACKING:
        return self.general(*_given({operands}), *more, **params)
'''

FUNCTION = '''

def {name}(self: Any, {parameters}) -> Any:
    """A call with {count} and nothing else, as operators make it: quicker than to call the primitive."""
'''

HANDED_ON = """    return binary_only(self, x, y)
"""

START = """    tape = recording()
    if tape is None:
        return {general}
    key = tape._plain_key
"""

SEVERAL = """    mask = {end}  # a bit for each tensor, and one that ends them
    {ids} = {shapes} = None
"""

ONE_TENSOR = """    if not isinstance(x, Tensor):
        return {general}
    place, a, shape_x = x._place, x._value, x._shape
    if place[0] != key or (type(a) is not ndarray and type(a) not in HOST):
        return {general}
    id_x = place[1]
"""

TENSOR_OR_CONSTANT = """    if isinstance({x}, Tensor):
        place, {a}, shape_{x} = {x}._place, {x}._value, {x}._shape
        if place[0] != key or (type({a}) is not ndarray and type({a}) not in HOST):
            return {general}
        id_{x} = place[1]
        mask += {bit}
"""

CONSTANT = """    elif (type({x}) is float or type({x}) is int) and not tape._watched:
        {a} = {x}
    elif type({x}) in HOST and {x}.dtype.kind in REAL and not tape._watched:
        {a}, shape_{x} = {x}, {x}.shape
    else:
        return {general}
"""

COMPUTE = """    plan = self.plans.get({mask})
    if plan is None:
        return {general}
    try:
        out = self.forward(np, {values})
    except Exception:
        return {general}  # which explains
    beside = self._settings
    if self.aux:
        parts = out if type(out) is tuple and len(out) == self._width else self.parts(out)
        out, beside = parts[0], beside + parts[1:]
"""

COPIES = """    if plan.constants:  # arrays whose owners may change them
"""

COPY = """        if shape_{x} is not None and {position} in plan.constants:
            {a} = {a}.copy()
"""

RECORD = """    pick = plan.pick
    shapes = ({shapes}{comma})
    residuals = () if pick is None else pick(({values}, out, {shapes}, shapes) + beside)  # noqa: RUF005  (quicker)
    return tape.append(plan, ({ids}{comma}), shapes, residuals, self.defaults, out)
"""


def call(name: str, operands: str, head: str = METHOD, body: str = "") -> str:
    """The function ``name`` of so many operands, each a letter; their arrays are called a, b, c."""
    arrays = "abc"[: len(operands)]
    several = len(operands) > 1
    words = {
        "name": name,
        "count": ("one operand", "two operands", "three operands")[len(operands) - 1],
        "defaults": ", ".join(f"{x}: Any = _LACKING" for x in operands),
        "parameters": ", ".join(f"{x}: Any" for x in operands),
        "operands": ", ".join(operands),
        "general": f"self.general({', '.join(operands)})",
        "last": operands[-1],
        "end": 1 << len(operands),
        "mask": "mask" if several else "3",  # the one tensor, and the end
        "values": ", ".join(arrays),
        "comma": "" if several else ",",
    }
    ids, shapes = [f"id_{x}" for x in operands], [f"shape_{x}" for x in operands]
    if body:
        return (head + body).format(**words)
    parts = [head, START]
    if several:
        parts.append(SEVERAL.replace("{ids}", " = ".join(ids)).replace("{shapes}", " = ".join(shapes)))
        for position, (x, a) in enumerate(zip(operands, arrays, strict=True)):
            parts.append(
                (TENSOR_OR_CONSTANT + CONSTANT).replace("{x}", x).replace("{a}", a).replace("{bit}", str(1 << position))
            )
    else:
        parts.append(ONE_TENSOR)
    parts.append(COMPUTE)
    if several:
        parts.append(COPIES)
        for position, (x, a) in enumerate(zip(operands, arrays, strict=True)):
            parts.append(COPY.replace("{x}", x).replace("{a}", a).replace("{position}", str(position)))
    parts.append(RECORD)
    return "".join(parts).format(**words, ids=", ".join(ids), shapes=", ".join(shapes))


def text() -> str:
    """The text of ``calls.py``."""
    binary = call("binary", "xy", body=HANDED_ON) + call("binary_only", "xy", FUNCTION)
    return HEAD + call("unary", "x") + binary + call("ternary", "xyz")


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
    print(f"wrote {FILE}")
