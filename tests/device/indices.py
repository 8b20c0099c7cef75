"""Indices of every kind: basic, arrays, masks, out of range, left on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.engine.backend import module_of
from tests.device.comparing import Case, case

X = np.arange(24.0).reshape(4, 6)


def on(x: mg.Tensor, *values: Any, dtype: Any = None) -> Any:
    """Numbers as an array where ``x`` is."""
    return module_of(x._value).asarray(np.array(values, dtype))


OUTSIDE: dict[str, Callable[[Any], Any]] = {
    "an integer": lambda x: x[7],
    "an array": lambda x: x[on(x, 0, 9)],
    "an array of int8": lambda x: x[on(x, 0, 9, dtype=np.int8)],
    "an array of uint64": lambda x: x[on(x, 0, 9, dtype=np.uint64)],
    "below": lambda x: x[on(x, 0, -5)],
    "for the second axis": lambda x: x[:, on(x, 0, 6)],
    "behind an ellipsis": lambda x: x[..., on(x, 0, 6)],
    "behind a mask": lambda x: x[on(x, True, False, True, False), on(x, 0, 6)],
    "behind None": lambda x: x[None, on(x, 4)],
    "a list": lambda x: x[[0, 9]],
    "take": lambda x: mg.take(x, on(x, 0, 9), 0),
    "take of all": lambda x: mg.take(x, on(x, 24)),
    "take_rows": lambda x: mg.take_rows(x, on(x, 0, 9)),
    "take_rows below": lambda x: mg.take_rows(x, on(x, 0, -1)),
    "take_along_axis": lambda x: mg.take_along_axis(x, on(x, [9]), 0),
    "delete": lambda x: mg.delete(x, 9, 0),
    "delete of an array": lambda x: mg.delete(x, on(x, 9), 0),
    "at_set": lambda x: mg.at_set(x, on(x, 9), 1.0),
    "at_add": lambda x: mg.at_add(x, on(x, 9), 1.0),
    "compress": lambda x: mg.compress(on(x, True, False, False, False, True), x, 0),
    "extract": lambda x: mg.extract(on(x, *[False] * 24, True), x),
    "one_hot": lambda x: mg.one_hot(on(x, 1, 3), classes=3),
    "cross_entropy": lambda x: mg.cross_entropy(x, on(x, 1, 2, 3, 6)),
    "cross_entropy below": lambda x: mg.cross_entropy(x, on(x, 1, 2, 3, -1)),
}
INSIDE: dict[str, Callable[[Any], Any]] = {
    "a mask": lambda x: x[x > 5.0],
    "two masks": lambda x: x[on(x, *[True] * 4), on(x, True, *[False] * 5)],
    "a mask that does not fit": lambda x: x[on(x, True, True, True)],
    "floats": lambda x: x[on(x, 0.0, 1.0)],
    "negative steps": lambda x: x[::-2, ::-1],
    "negative numbers": lambda x: x[on(x, -1, -4)],
    "in range of the last axis only": lambda x: x[..., on(x, 5, -6)],
    "mixed": lambda x: x[None, on(x, 1, 1), ..., 2],
    "mixed and apart": lambda x: x[on(x, 1, 2), None, on(x, 0, 3)],
    "a slice that begins at a tensor": lambda x: x[mg.tensor(on(x, 1)).reshape(()) :],
    "a tensor of no axis": lambda x: x[mg.argmax(x[:, 0])],
    "NumPy's integer": lambda x: x[np.int64(1)],
    "NumPy's array of no axis": lambda x: x[np.array(1)],
    "iteration": lambda x: list(x)[1],
    "True": lambda x: x[True],
    "nothing": lambda x: x[on(x, dtype=int)],
    "lists in a list": lambda x: x[[[0, 1], [2, 3]]],
    "lists in a tuple": lambda x: x[[0, 1], [1, 2]],
    "uint8": lambda x: x[on(x, 0, 3, dtype=np.uint8)],
    "at_set at a mask": lambda x: mg.at_set(x, x > 3.0, 0.0),
    "at_set of several at one place": lambda x: mg.at_set(x, on(x, 0, 0, 2, 0), mg.flip(x, axis=0)),
    "at_set of float16": lambda x: mg.at_set(x.astype("float16"), on(x, 0, 0, 2), x[1:].astype("float16")),
    "at_set with a leading axis": lambda x: mg.at_set(x[0], on(x, 0, 0, 2), x[None, 1, :3]),
    "at_set of booleans": lambda x: mg.at_set(x > 3.0, on(x, 0, 0), on(x, True, False, True, False, True, False)),
    "at_add of several at one place": lambda x: mg.at_add(x, on(x, 0, 0, 2), x[:3]),
    "at_add at elements": lambda x: mg.at_add(x, (on(x, 0, 0, 2), on(x, 1, 1, 1)), x[:3, 0]),
    "at_add of NaN": lambda x: mg.at_add(x, on(x, 0, 0, 2), mg.where(x[:3] == 8.0, np.nan, x[:3])),
    "take_rows of int8": lambda x: mg.take_rows(x, on(x, 0, 3, 3, dtype=np.int8)),
    "repeat of each": lambda x: mg.repeat(x, on(x, 1, 0, 2, 1), 0),
    "split at": lambda x: mg.split(x, on(x, 1, 3)),
    "split at a tensor": lambda x: mg.split(x, mg.tensor(on(x, 1, 3))),
    "extract by large numbers": lambda x: mg.extract(on(x, *[1 << 63, 0] * 12, dtype=np.uint64), x),
    "compress by large numbers": lambda x: mg.compress(on(x, 1 << 63, 0, 1, 0, dtype=np.uint64), x, 0),
    "partition": lambda x: mg.partition(x, 2, 1),
    "quantile": lambda x: mg.quantile(x, 0.3, 1),
    "percentile": lambda x: mg.percentile(x, [10, 90]),
    "median": lambda x: mg.median(x, 0),
    "interp": lambda x: mg.interp(x, on(x, 0.0, 1.0, 2.0), on(x, 1.0, 3.0, 2.0)),
    "one_hot": lambda x: mg.one_hot(on(x, 1, 0, 2), classes=3) @ x[:3],
    "pad wrap": lambda x: mg.pad(x, 2, "wrap"),
    "pad reflect": lambda x: mg.pad(x, ((1, 0), (2, 2)), "reflect"),
    "sort": lambda x: mg.sort(-x, 0),
    "argsort": lambda x: mg.argsort(-x, axis=0),
    "argsort of no axis": lambda x: mg.argsort(x[0, 0]),
    "sort of no axis": lambda x: mg.sort(x[0, 0]),
    "einsum": lambda x: mg.einsum("ij,kj->ik", x, x),
    "einsum of a diagonal": lambda x: mg.einsum("ii->i", x[:, :4]),
    "tensordot": lambda x: mg.tensordot(x, x, ((0, 1), (0, 1))),
    "kron": lambda x: mg.kron(x, x),
    "trace": lambda x: mg.trace(x),
    "no axis along one in a tuple": lambda x: mg.max(x[0, 0], axis=(0,)),
    "an axis of a tuple": lambda x: mg.max(x[None], axis=(0, -1)),
    "argmax with axes kept": lambda x: mg.argmax(x, axis=1, keepdims=True),
    "cross_entropy of two axes": lambda x: mg.cross_entropy(x.reshape((2, 2, 6)), on(x, [1, 2], [5, 0])),
}
ON_THE_HOST: dict[str, Callable[[Any], Any]] = {
    "an index": lambda x: x[np.array([0, 1])],
    "a mask": lambda x: x[np.ones((4, 6), bool)],
    "one of two": lambda x: x[:, np.array([0, 1])],
    "take": lambda x: mg.take(x, np.array([0, 1]), 0),
    "take_rows": lambda x: mg.take_rows(x, np.array([0, 1])),
    "take_along_axis": lambda x: mg.take_along_axis(x, np.array([[0]]), 0),
    "delete": lambda x: mg.delete(x, np.array([0]), 0),
    "at_set": lambda x: mg.at_set(x, np.array([0]), 1.0),
    "compress": lambda x: mg.compress(np.array([True] * 4), x, 0),
    "extract": lambda x: mg.extract(np.ones((4, 6), bool), x),
    "where": lambda x: mg.where(np.ones((4, 6), bool), x, 0.0),
    "cross_entropy": lambda x: mg.cross_entropy(x, np.array([0, 1, 2, 3])),
    "reset": lambda x: mg.bptt.reset(x, np.array([True] * 4)),
    "dropout of a mask": lambda x: x * np.ones((4, 6)),
}


def index() -> Iterator[Case]:
    """Indices, in range and out of it."""
    for name, f in OUTSIDE.items():
        yield case(f"out of range: {name}", f, [X])
    for name, f in INSIDE.items():
        yield case(name, f, [X])
