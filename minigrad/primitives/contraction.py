"""Einstein summation, and the sums of products over several axes, which are a case of it.

Each operand is first brought into a plain form by itself: diagonals for repeated labels, sums over
labels that appear nowhere else. Then operands are contracted in pairs. A pair is one primitive, whose
rules are contractions of the same kind.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from .. import errors
from ..checks import integer
from ..engine.primitive import primitive
from .choices import renewed
from .diagonals import diagonal
from .reduce import sum
from .shape import reshape, transpose
from .values import is_several, several_axes, shape_of

__all__ = [
    "einsum",
    "tensordot",
]

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # the labels of einsum


@primitive(name="einsum", public=False)
def _contract(xp, x, y, *, subscripts):
    """Two operands without repeated labels; a label that is not in the result is in both."""
    if not shape_of(x) and not shape_of(y):
        return x * y  # a number beside another is one still, of no dtype
    x, y = (each if hasattr(each, "shape") else xp.asarray(each, xp.result_type(x, y)) for each in (x, y))
    a, b, out = _labels(subscripts)
    batch, summed = [k for k in a if k in b and k in out], [k for k in a if k in b and k not in out]
    left, right = [k for k in a if k not in b], [k for k in b if k not in a]
    size = {**dict(zip(a, x.shape, strict=True)), **dict(zip(b, y.shape, strict=True))}
    x = xp.transpose(x, [a.index(k) for k in batch + left + summed])
    y = xp.transpose(y, [b.index(k) for k in batch + summed + right])
    shared = [size[k] for k in batch]
    rows, columns = [size[k] for k in left], [size[k] for k in right]
    if summed:
        count = math.prod(size[k] for k in summed)
        x = xp.reshape(x, (*shared, math.prod(rows), count))
        product = x @ xp.reshape(y, (*shared, count, math.prod(columns)))
    else:
        product = xp.reshape(x, (*shared, *rows, *(1 for _ in right))) * xp.reshape(
            y, (*shared, *(1 for _ in left), *columns)
        )
    order = batch + left + right
    return xp.transpose(xp.reshape(product, (*shared, *rows, *columns)), [order.index(k) for k in out])


def _labels(subscripts: str) -> list[str]:
    operands, out = subscripts.split("->")
    return [*operands.split(","), out]


def _left_rule(g: Any, y: Any, subscripts: str) -> Any:
    a, b, out = _labels(subscripts)
    return _contract(g, y, subscripts=f"{out},{b}->{a}")


def _right_rule(g: Any, x: Any, subscripts: str) -> Any:
    a, b, out = _labels(subscripts)
    return _contract(g, x, subscripts=f"{out},{a}->{b}")


_contract.defvjp(
    lambda g, y, subscripts: _left_rule(g, y, subscripts),
    lambda g, x, subscripts: _right_rule(g, x, subscripts),
)
_contract.defbatch(lambda batched, x, y, subscripts: _contract(x, y, subscripts=_batch_labels(batched, subscripts)))


def _batch_labels(batched: Sequence[bool], subscripts: str) -> str:
    """The subscripts with a label of its own for the leading axis of the result, and of the operands that have it."""
    label = next(k for k in LETTERS if k not in subscripts)
    a, b, out = (label * leads + labels for labels, leads in zip(_labels(subscripts), (*batched, True), strict=True))
    return f"{a},{b}->{out}"


def einsum(subscripts: str, *operands: Any) -> Any:
    """Einstein summation over labelled axes, as ``np.einsum``.

    ``"ij,jk->ik"`` is a matrix product, ``"ii->i"`` a diagonal, ``"...ij->...ji"`` a transposition of
    the last two axes; where the result lacks the ``...``, its axes are summed. Without ``->`` the result
    has the labels that appear once, in alphabetical order.

    Args:
        subscripts: the labels (letters) of each operand's axes, and of the result's.
        operands: any number; axes with one label have one size, or size 1.

    Raises:
        ShapeError: the subscripts do not fit the operands.
        TypeError: the subscripts are no string.
    """
    if not isinstance(subscripts, str):
        raise errors.MisuseError(
            f"einsum: the subscripts come first, as a string such as 'ij,jk->ik', not {type(subscripts).__name__}"
        )
    try:
        terms, out = _parsed(subscripts, [len(shape_of(x)) for x in operands])
        sizes = _sizes(terms, [shape_of(x) for x in operands])
        if len(set(out)) < len(out) or not set(out) <= set(sizes):
            raise ValueError("a label of the result is repeated, or no operand has it")
    except ValueError as failure:
        shapes = ", ".join(str(list(shape_of(x))) for x in operands)
        raise errors.ShapeError(f"einsum({subscripts!r}) of {shapes}: {failure}") from None
    squeezed = [_squeezed(x, labels, sizes) for x, labels in zip(operands, terms, strict=True)]
    pending = []
    for position, (x, labels) in enumerate(squeezed):
        others = [each for _, each in squeezed[:position] + squeezed[position + 1 :]]
        pending.append(_plain(x, labels, set(out).union(*others)))
    while len(pending) > 1:
        i, j = _cheapest_pair(pending, sizes)
        (y, b), (x, a) = pending.pop(j), pending.pop(i)
        needed = set(out).union(*(labels for _, labels in pending))
        result = "".join(dict.fromkeys(k for k in a + b if k in needed)) if pending else out
        pending.append((_contract(x, y, subscripts=f"{a},{b}->{result}"), result))
    x, labels = pending[0]
    return renewed(x, operands[0]) if labels == out else transpose(x, axes=tuple(labels.index(k) for k in out))


def _parsed(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """The labels of each operand, and of the result, with letters in place of every ellipsis."""
    text = subscripts.replace(" ", "")
    inputs, arrow, out = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ndims):
        raise ValueError(f"{len(terms)} terms for {len(ndims)} operands")
    if set(text.replace("->", "").replace("...", "")) - set(LETTERS + ","):
        raise ValueError("labels are letters")
    if any(term.count(".") > 3 for term in (*terms, out)):
        raise ValueError("a term has one '...' at most")
    hidden = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    for term, extra in zip(terms, hidden, strict=True):
        if extra < 0 or (extra and "..." not in term):
            raise ValueError(f"the term {term!r} does not fit the number of axes")
    spare = [k for k in LETTERS if k not in text][: max(hidden, default=0)]
    terms = [
        term.replace("...", "".join(spare[len(spare) - extra :])) for term, extra in zip(terms, hidden, strict=True)
    ]
    if arrow:
        return terms, out.replace("...", "".join(spare))
    once = (k for k in sorted(set(inputs) - set(".,")) if inputs.count(k) == 1)
    return terms, "".join([*spare, *once])


def _sizes(terms: list[str], shapes: list[tuple[int, ...]]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        if len(set(zip(term, shape, strict=True))) > len(set(term)):
            raise ValueError(f"a label that is repeated in {term!r} has different sizes")
    for label, size in itertools.chain(
        *(zip(term, shape, strict=True) for term, shape in zip(terms, shapes, strict=True))
    ):
        known = sizes.setdefault(label, size)
        if size != known and size != 1 != known:
            raise ValueError(f"the label {label!r} has sizes {known} and {size}")
        sizes[label] = size if known == 1 else known
    return sizes


def _squeezed(x: Any, labels: str, sizes: dict[str, int]) -> tuple[Any, str]:
    """An operand without its axes of size 1 that broadcast."""
    axes = list(zip(labels, shape_of(x), strict=True))
    kept = [(k, size) for k, size in axes if sizes[k] == size]
    if len(kept) == len(axes):
        return x, labels
    return reshape(x, shape=tuple(size for _, size in kept)), "".join(k for k, _ in kept)


def _plain(x: Any, labels: str, elsewhere: set[str]) -> tuple[Any, str]:
    """An operand without repeated labels, summed over those that are needed nowhere else."""
    for k in dict.fromkeys(labels):
        while labels.count(k) > 1:
            first, second = labels.index(k), labels.rindex(k)
            x = diagonal(x, axis1=first, axis2=second)
            labels = labels[:first] + labels[first + 1 : second] + labels[second + 1 :] + k
    own = tuple(axis for axis, k in enumerate(labels) if k not in elsewhere)
    if own:
        x, labels = sum(x, axis=own), "".join(k for k in labels if k in elsewhere)
    return x, labels


def _cheapest_pair(pending: list[tuple[Any, str]], sizes: dict[str, int]) -> tuple[int, int]:
    """The pair of operands whose product takes the fewest multiplications."""
    pairs = itertools.combinations(range(len(pending)), 2)
    return min(pairs, key=lambda pair: math.prod(sizes[k] for k in {*pending[pair[0]][1], *pending[pair[1]][1]}))


def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """The sum of products over several axes.

    Args:
        x: a tensor or an array.
        y: likewise.
        axes: how many of the last axes of ``x`` and first of ``y``, or a pair: the axes of ``x``, those of ``y``.

    Raises:
        ShapeError: the axes differ in number or size.
    """
    shapes = shape_of(x), shape_of(y)
    if not is_several(axes):
        axes = integer("tensordot: axes", axes)
        axes = list(range(len(shapes[0]) - axes, len(shapes[0]))), list(range(axes))
    pairs = [several_axes(each, len(shape)) for each, shape in zip(axes, shapes, strict=True)]
    if len(pairs[0]) != len(pairs[1]):
        raise errors.ShapeError(f"tensordot: axes={axes!r} name different numbers of axes")
    letters = LETTERS
    first = letters[: len(shapes[0])]
    second = list(letters[len(shapes[0]) : len(shapes[0]) + len(shapes[1])])
    for i, j in zip(*pairs, strict=True):
        if shapes[0][i] != shapes[1][j]:
            raise errors.ShapeError(f"tensordot: axis {i} of {shapes[0]} and axis {j} of {shapes[1]} differ")
        second[j] = first[i]
    out = [k for k in first if k not in second] + [k for k in second if k not in first]
    return _contract(x, y, subscripts=f"{first},{''.join(second)}->{''.join(out)}")
