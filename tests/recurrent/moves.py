"""Moves: each appends some lines to a draft, and returns the result of the last, or ``None`` where no weight fits."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.recurrent.draft import Draft, broadcast, replaced
from tests.recurrent.operations import BINARY, PICKS, UNARY
from tests.recurrent.program import Shape

LARGEST = 8  # an axis
MOST = 32  # elements of a value
FORMS = ["plain", "plain", "plain", "turned", "rows", "columns", "einsum"]  # of a weight in a product
NUMBERS = ["real", "single", "int8", "uint8", "int64", "bool"]  # what meets a weight as an input

Move = Callable[[Draft], str | None]


# -- products with weights ---------------------------------------------------------------------------


def project(d: Draft, x: str | None = None, size: int | None = None, left: bool | None = None) -> str | None:
    """A weight times a value, from the right in rows or from the left in columns."""
    x = x or d.any_value()[0]
    shape = d.shape(x)
    left = d.from_left(shape) if left is None else left
    size = size or d.size()
    return _from_left(d, x, shape, size) if left else _from_right(d, x, shape, size)


def _from_right(d: Draft, x: str, shape: Shape, size: int) -> str | None:
    n, result = shape[-1], (*shape[:-1], size)
    form = d.choices.choice(["plain", "linear"] if d.plain else [*FORMS, "einsum turned", "linear"])
    if form in ("rows", "columns"):
        return _with_a_part(d, x, (n, size), result, "{{0}} @ {}", form)
    w = d.weight((size, n) if "turned" in form else (n, size))
    if w is None:
        return None
    if form == "linear":
        return d.emit(result, "linear({0}, {1}, {2})", x, w, d.bias(result))
    operations = {
        "plain": "{0} @ {1}",
        "turned": "{0} @ {1}.T",
        "einsum": "einsum('...i,ij->...j', {0}, {1})",
        "einsum turned": "einsum('ij,...j->...i', {1}, {0})",
    }
    return d.emit(result, operations[form], x, w)


def _from_left(d: Draft, x: str, shape: Shape, size: int) -> str | None:
    matrix = len(shape) > 1
    n = shape[-2] if matrix else shape[-1]
    result = (*shape[:-2], size, shape[-1]) if matrix else (size,)
    form = "plain" if d.plain else d.choices.choice(FORMS)
    if form in ("rows", "columns"):
        return _with_a_part(d, x, (size, n), result, "{} @ {{0}}", form)
    w = d.weight((n, size) if form == "turned" else (size, n))
    if w is None:
        return None
    einsum = "einsum('ij,...jk->...ik', {1}, {0})" if matrix else "einsum('ij,...j->...i', {1}, {0})"
    return d.emit(result, {"plain": "{1} @ {0}", "turned": "{1}.T @ {0}", "einsum": einsum}[form], x, w)


def _with_a_part(d: Draft, x: str, part: Shape, result: Shape, text: str, form: str) -> str | None:
    """The product with some rows or columns of a weight, of the shape ``part``."""
    axis = 0 if form == "rows" else 1
    larger = replaced(part, axis, part[axis] + d.choices.number(0, 2))
    w = d.weight(larger, lambda s: s[axis] >= part[axis] and s[1 - axis] == part[1 - axis])
    if w is None:
        return None
    a = d.choices.number(0, d.shape(w)[axis] - part[axis])
    operation = text.format("{1}[{a}:{b}]" if axis == 0 else "{1}[:, {a}:{b}]")
    return d.emit(result, operation, x, w, a=a, b=a + part[axis])


def constant(d: Draft) -> str | None:
    """A weight meets an input, of numbers of any dtype, and often a value too, before or after it."""
    shape = d.choices.choice([(d.batch, d.size()), (d.size(), d.batch), (d.size(),)])
    first = project(d, d.input(shape, d.choices.choice(NUMBERS)))
    if first is None or d.choices.one_in(4):
        return first
    w = d.lines[-1].operands[1]
    rows, columns = d.shape(w)
    x = d.value(lambda s: s[-1] == rows)
    if x is None:
        return first
    second = d.emit((*d.shape(x)[:-1], columns), "{0} @ {1}", x, w)
    if x != first and d.choices.one_in(2):
        d.lines[-2:] = reversed(d.lines[-2:])
    together = broadcast(d.shape(first), d.shape(second))
    return second if together is None else d.emit(together, "{0} + {1}", first, second)


def gates(d: Draft) -> str | None:
    """Two to four projections of one value, or the second of another one, multiplied and added as in gated cells."""
    x, shape = d.any_value()
    left = len(shape) > 1 and d.from_left(shape)
    y = d.value(lambda s: s[:-1] == shape[:-1]) if not left and d.choices.one_in(3) else x
    size = d.size()
    projected = [project(d, each, size, left) for each in (x, y, x, x)[: d.choices.number(2, 4)]]
    if None in projected:
        return None
    shape = d.shape(projected[0])
    projected = [d.emit(shape, d.choices.choice(UNARY), each) for each in projected]
    result = d.emit(shape, "{0} * {1}", *projected[:2])
    if len(projected) == 3:
        return d.emit(shape, "{0} + {1}", result, projected[2])
    return d.emit(shape, "{0} * {2} + (1 - {0}) * {1}", *projected[2:], result) if projected[2:] else result


def attend(d: Draft) -> str | None:
    """Three projections of one value in rows: a query, a key, and what is looked up."""
    x = d.value(lambda s: len(s) == 2)
    if x is None:
        return None
    rows, size = d.shape(x)[0], d.size()
    q, k, v = (project(d, x, size, False) for _ in range(3))
    if q is None or k is None or v is None:
        return None
    scores = d.emit((rows, rows), "softmax({0})", d.emit((rows, rows), "{0} @ {1}.T", q, k))
    return d.emit((rows, size), "{0} @ {1}", scores, v)


def twice(d: Draft) -> str | None:
    """One square weight, two times in one step."""
    x, shape = d.any_value()
    w = d.weight((shape[-1], shape[-1]))
    if w is None:
        return None
    once = d.emit(shape, "{0} @ {1}", x, w)
    once = d.emit(shape, "tanh({0})", once) if d.choices.one_in(2) else once
    return d.emit(shape, d.choices.choice(["{0} @ {1}", "{0} @ {1}.T", "einsum('ij,...j->...i', {1}, {0})"]), once, w)


def embed(d: Draft) -> str | None:
    """Rows or columns of a table, some of them twice; the table may be a weight elsewhere."""
    table = d.weight((d.choices.number(2, 4), d.size()), lambda s: True)
    if table is None:
        return None
    rows, columns = d.shape(table)
    operation = d.choices.choice(PICKS)
    if operation == "{0}[{rows}]":
        picked = [d.choices.number(0, rows - 1) for _ in range(d.choices.number(1, 3))]
        return d.emit((len(picked), columns), operation, table, rows=picked)
    if operation == "{0}[:, {1}]":
        index = d.choices.choice([(d.batch,), (2,)])
        return d.emit((rows, *index), operation, table, d.input(index, "index", columns))
    index = d.choices.choice([(d.batch,), (2,), (), (1, d.batch)])
    return d.emit((*index, columns), operation, table, d.input(index, "index", rows))


def derive(d: Draft) -> str | None:
    """Something computed from weights alone: at every step, or once before the first."""
    if not d.weights:
        return None
    w = d.choices.choice(d.weights)
    m, n = shape = d.weights[w]
    operation = d.choices.choice(["{0}.T", "{0} * {1}", "{0} @ {1}", "tanh({0})", "{0}[{a}:{b}]"])
    operands, settings = [w], {}
    if operation == "{0}.T":
        shape = (n, m)
    elif operation == "{0} * {1}":
        operands.append(d.choices.choice([name for name, s in d.weights.items() if s == shape]))
    elif operation == "{0} @ {1}":
        other = d.weight((n, d.size()), lambda s: s[0] == n)
        if other not in d.weights:
            return None
        operands.append(other)
        shape = (m, d.shape(other)[1])
    elif operation == "{0}[{a}:{b}]":
        settings = d.span(m)
        shape = (settings["b"] - settings["a"], n)
    line = d.line(operation, operands, **settings)
    if d.choices.one_in(2):
        d.before.append(line)
    else:
        d.append(line)
    d.derived[line.result] = shape
    return line.result


# -- values alone ------------------------------------------------------------------------------------


def shift(d: Draft, x: str | None = None) -> str:
    """A bias, added, taken away or multiplied."""
    x = x or d.any_value()[0]
    shape = d.shape(x)
    return d.emit(shape, d.choices.choice(["{0} + {1}", "{0} + {1}", "{0} - {1}", "{0} * {1}"]), x, d.bias(shape))


def squash(d: Draft) -> str:
    x, shape = d.any_value()
    return d.emit(shape, d.choices.choice(UNARY), x)


def combine(d: Draft) -> str:
    """Two values, broadcast."""
    x, shape = d.any_value()
    y = d.value(lambda s: math.prod(broadcast(s, shape) or (MOST + 1,)) <= MOST) or x
    pair = (x, y) if d.choices.one_in(2) else (y, x)
    result = broadcast(shape, d.shape(y)) or shape
    if d.choices.one_in(6):
        return d.emit(result, "where({0}, {1}, {2})", d.input(shape, "mask"), *pair)
    return d.emit(result, d.choices.choice(BINARY), *pair)


def join(d: Draft) -> str:
    """Two values side by side, or one upon the other."""
    x, shape = d.any_value()
    if len(shape) < 3 and d.choices.one_in(4):
        return d.emit((2, *shape), "stack([{0}, {1}])", x, d.value(lambda s: s == shape) or x)
    axis = d.choices.choice([-1, -1, 0])
    fits = lambda s: len(s) == len(shape) and replaced(s, axis, 0) == replaced(shape, axis, 0)
    y = d.value(lambda s: fits(s) and s[axis] + shape[axis] <= LARGEST)
    if y is None:
        return part(d)
    result = replaced(shape, axis, shape[axis] + d.shape(y)[axis])
    return d.emit(result, "concatenate([{0}, {1}], axis={axis})", x, y, axis=axis)


def part(d: Draft) -> str:
    """A slice, an element of the first axis, or a sum or mean over an axis."""
    x, shape = d.any_value()
    form = d.choices.choice(["last", "last", "first", "element", "sum", "mean"])
    if form == "last" or len(shape) == 1:
        span = d.span(shape[-1])
        return d.emit(replaced(shape, -1, span["b"] - span["a"]), "{0}[..., {a}:{b}]", x, **span)
    if form == "first":
        span = d.span(shape[0])
        return d.emit(replaced(shape, 0, span["b"] - span["a"]), "{0}[{a}:{b}]", x, **span)
    if form == "element":
        return d.emit(shape[1:], "{0}[{i}]", x, i=d.choices.number(0, shape[0] - 1))
    axis = d.choices.choice([0, -1])
    if form == "sum":
        return d.emit(shape[1:] if axis == 0 else shape[:-1], "sum({0}, axis={axis})", x, axis=axis)
    return d.emit(replaced(shape, axis, 1), "mean({0}, axis={axis}, keepdims)", x, axis=axis)


def turn(d: Draft) -> str:
    """The same elements in another shape."""
    x, shape = d.any_value()
    if len(shape) == 1:
        new: Shape = d.choices.choice([(1, *shape), (*shape, 1)])
    elif len(shape) == 2:
        form = d.choices.choice(["turn", "turn", "new axis", "flat"])
        if form == "turn":
            return d.emit(shape[::-1], "{0}.T", x)
        if form == "new axis":
            return d.emit((1, *shape), "{0}[None]", x)
        new = (math.prod(shape),)
    elif d.choices.one_in(2):
        return d.emit((shape[0], shape[2], shape[1]), "swapaxes({0}, -1, -2)", x)
    else:
        new = (shape[0] * shape[1], shape[2])
    if max(new) > LARGEST:
        return d.emit(shape, "{0} * 0.5", x)
    return d.emit(new, "reshape({0}, {to})", x, to=new)


PLAIN: list[Move] = [gates, gates, project, attend, constant, constant, embed, embed]  # of usual cells
MOVES: list[Move] = [
    *(project, project, project, constant, embed, embed, gates, gates, attend, twice, derive, derive),
    *(shift, shift, squash, combine, join, join, part, part, turn, turn),
]
