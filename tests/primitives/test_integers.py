"""Integers and booleans that a function takes beside what it differentiates: as array, list, number and tensor.

The cases are found by the names of the arguments, so that a new function with an index needs a case here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import primitives
from tests.numeric import check_first, check_second, host, second, vjp
from tests.table import distinct, invertible, real

ARRAYS = ("index", "indices", "indices_or_sections", "targets", "obj", "repeats", "reps", "shift", "pad_width")
ARRAYS += ("condition", "shape", "axes", "source", "destination", "kth")
NUMBERS = ("axis", "axis1", "axis2", "k", "n", "offset", "decimals", "classes", "ddof")

x23 = distinct((2, 3))
VECTOR = [2, 0, 2]
BOOLEANS = [True, False, True]
FULL = [[True, False, True], [False, False, True]]
Case = tuple[Callable[..., Any], list[np.ndarray], Any]  # a function of operands and the integers, and both


def parts(found: Any) -> Any:
    """Several results side by side."""
    return mg.concatenate([mg.reshape(part, -1) for part in found]) if isinstance(found, (list, tuple)) else found


SPECIAL: dict[tuple[str, str], Case] = {
    ("getitem", "index"): (mg.getitem, [distinct((4, 2))], VECTOR),
    ("getitem", "index "): (lambda x, i: x[:, i], [x23], VECTOR),
    ("getitem", "index of booleans"): (lambda x, i: x[i], [x23], FULL),
    ("take", "indices"): (lambda x, i: mg.take(x, i, axis=1), [x23], VECTOR),
    ("take", "indices, flat"): (mg.take, [x23], [[5, 0], [5, 2]]),
    ("take_along_axis", "indices"): (lambda x, i: mg.take_along_axis(x, i, axis=1), [x23], [[2], [0]]),
    ("take_rows", "index"): (mg.take_rows, [distinct((3, 2))], VECTOR),
    ("at_set", "index"): (lambda x, y, i: mg.at_set(x, i, y), [distinct((4,)), real((3,))], VECTOR),
    ("at_add", "index"): (lambda x, y, i: mg.at_add(x, i, y), [distinct((4,)), real((3,))], VECTOR),
    ("one_hot", "index"): (lambda x, i: mg.one_hot(i, classes=3) * x, [distinct((3, 3))], VECTOR),
    ("one_hot", "classes"): (lambda x, n: mg.one_hot(np.array([0, 2]), classes=n) * x, [x23], 3),
    ("cross_entropy", "targets"): (mg.cross_entropy, [distinct((3, 3))], VECTOR),
    ("cross_entropy", "targets, smoothed"): (
        lambda x, i: mg.cross_entropy(x, i, "sum", ignore_index=0, label_smoothing=0.1),
        [distinct((3, 3))],
        VECTOR,
    ),
    ("cross_entropy", "targets, none"): (lambda x, i: mg.cross_entropy(x, i, "none"), [distinct((3, 3))], VECTOR),
    ("delete", "obj"): (lambda x, i: mg.delete(x, i, axis=1), [x23], [0, 2]),
    ("repeat", "repeats"): (lambda x, i: mg.repeat(x, i, axis=1), [x23], VECTOR),
    ("tile", "reps"): (lambda x, i: mg.tile(x, reps=i), [x23], [2, 1]),
    ("roll", "shift"): (lambda x, i: mg.roll(x, shift=i, axis=(0, 1)), [x23], [1, 2]),
    ("roll", "axis"): (lambda x, i: mg.roll(x, shift=1, axis=i), [x23], 1),
    ("pad", "pad_width"): (mg.pad, [x23], [[1, 0], [0, 2]]),
    ("pad", "pad_width, wrapped"): (lambda x, i: mg.pad(x, i, "wrap"), [x23], [1, 2]),
    ("partition", "kth"): (mg.partition, [x23], [1]),
    ("partition", "axis"): (lambda x, i: mg.partition(x, 1, axis=i), [x23], 1),
    ("compress", "condition"): (lambda x, i: mg.compress(i, x, axis=1), [x23], BOOLEANS),
    ("compress", "axis"): (lambda x, i: mg.compress([True, False], x, axis=i), [x23], 0),
    ("extract", "condition"): (lambda x, i: mg.extract(i, x), [x23], FULL),
    ("where", "condition"): (lambda x, y, i: mg.where(i, x, y), [x23, real((2, 3))], BOOLEANS),
    **{(name, "indices_or_sections"): (lambda x, i, f=f: parts(f(x, i)), [distinct((2, 3, 2))], [1])
       for name, f in vars(mg).items() if name.endswith("split")},
    **{(name, "axis"): (lambda x, i, f=f: parts(f(x, 2, axis=i)), [distinct((2, 4))], 1)
       for name, f in vars(mg).items() if name in ("split", "array_split")},
    ("unstack", "axis"): (lambda x, i: parts(mg.unstack(x, i)), [x23], 1),
    ("reshape", "shape"): (lambda x, i: mg.reshape(x, shape=i), [x23], [3, 2]),
    ("broadcast_to", "shape"): (lambda x, i: mg.broadcast_to(x, shape=i), [x23], [2, 2, 3]),
    ("expand_dims", "axis"): (lambda x, i: mg.expand_dims(x, axis=i), [x23], 1),
    ("squeeze", "axis"): (lambda x, i: mg.squeeze(x, axis=i), [distinct((2, 1))], 1),
    ("transpose", "axes"): (lambda x, i: mg.transpose(x, axes=i), [distinct((2, 3, 2))], [1, 2, 0]),
    ("rot90", "axes"): (lambda x, i: mg.rot90(x, 1, i), [x23], [1, 0]),
    ("rot90", "k"): (mg.rot90, [x23], 3),
    ("tensordot", "axes"): (mg.tensordot, [x23, distinct((3, 2), 1)], [[1, 0], [0, 1]]),
    ("tensordot", "axes, a number"): (mg.tensordot, [x23, distinct((3, 2), 1)], 1),
    **{("moveaxis", name): (lambda x, i, name=name: mg.moveaxis(x, **({"source": (0, 1), "destination": (2, 0)}
       | {name: i})), [distinct((2, 3, 2))], [1, 2]) for name in ("source", "destination")},
    **{(name, axis): (lambda x, i, f=f, axis=axis: f(x, **({"axis1": 0, "axis2": 1} | {axis: i})),
       [distinct((2, 2, 2))], 2)
       for name, f in vars(mg).items() if name in ("swapaxes", "diagonal", "trace") for axis in ("axis1", "axis2")},
    ("concatenate", "axis"): (lambda x, y, i: mg.concatenate([x, y], axis=i), [x23, real((2, 3))], 1),
    ("stack", "axis"): (lambda x, y, i: mg.stack([x, y], axis=i), [x23, real((2, 3))], 1),
    ("append", "axis"): (lambda x, y, i: mg.append(x, y, axis=i), [x23, real((2, 3))], 1),
    ("quantile", "axis"): (lambda x, i: mg.quantile(x, 0.3, axis=i), [x23], 1),
    ("percentile", "axis"): (lambda x, i: mg.percentile(x, 30, axis=i), [x23], 1),
    ("cross", "axis"): (lambda x, y, i: mg.cross(x, y, axis=i), [x23, real((2, 3))], 1),
    ("vecdot", "axis"): (lambda x, y, i: mg.vecdot(x, y, axis=i), [x23, real((2, 3))], 1),
    ("take", "axis"): (lambda x, i: mg.take(x, [1, 0], axis=i), [x23], 1),
    ("take_along_axis", "axis"): (lambda x, i: mg.take_along_axis(x, np.array([[1], [0]]), axis=i), [x23], 1),
    ("delete", "axis"): (lambda x, i: mg.delete(x, 0, axis=i), [x23], 1),
    ("repeat", "axis"): (lambda x, i: mg.repeat(x, 2, axis=i), [x23], 1),
    ("matrix_power", "n"): (mg.matrix_power, [invertible((2, 2))], 3),
    ("diag", "k"): (mg.diag, [x23], 1),
}  # fmt: skip


def found_cases() -> dict[tuple[str, str], Case]:
    """The special cases, and for every other argument of those names the function of a matrix and a number."""
    cases = dict(SPECIAL)
    for name in primitives.__all__:
        function = getattr(mg, name)
        for argument in inspect.signature(function).parameters:
            if argument in (*ARRAYS, *NUMBERS) and (name, argument) not in cases:
                first = {getattr(mg, other): other for other in reversed(primitives.__all__)}[function]
                call = cases.get((first, argument))
                general = lambda x, i, f=function, argument=argument: f(x, **{argument: i})
                cases[name, argument] = call or (general, [x23], 1)
    return cases


CASES = found_cases()


def every(cases: dict[tuple[str, str], Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("f", "arrays", "integers"), [pytest.param(*case, id=" ".join(names)) for names, case in cases.items()]
    )


every_case = every(CASES)
every_integer = every(  # numbers do for truth values, as in NumPy, and ddof need not be whole
    {names: case for names, case in CASES.items() if np.asarray(case[2]).dtype != bool and names[1] != "ddof"}
)


def forms(integers: Any) -> dict[str, Any]:
    """The same integers or booleans in every way that they may be given."""
    array = np.asarray(integers)
    made = {"tensor": mg.tensor(array)}
    if array.dtype == bool:
        return {"array": array, "list": integers, **made}
    made |= {"int32 tensor": mg.tensor(array, dtype="int32"), "uint8 tensor": mg.tensor(array, dtype="uint8")}
    if not array.ndim:
        return {"int": integers, "int64": np.int64(integers), **made}
    return {"array": array, "list": integers, "uint8": array.astype("uint8"), **made}


@pytest.mark.parametrize("wrong", ["3", 1.5, [0.5]], ids=repr)
@every_integer
def test_what_is_no_integer_is_refused_with_one_class_of_error(f, arrays, integers, wrong, request):
    """Beside it there is one for an index, as in NumPy."""
    name = request.node.callspec.id
    picks = any(word in name for word in ("index", "indices", "obj")) and "sections" not in name
    classes = (mg.errors.MisuseError, *[mg.errors.SubscriptError] * picks)
    with mg.Tape(), pytest.raises(classes, match=re.escape(__file__)):
        f(*map(mg.parameter, arrays), wrong)


@every_case
def test_first_and_second_order_are_the_same_for_every_form(f, arrays, integers, rng):
    (plain, *others) = forms(integers).values()
    expected = np.asarray(f(*arrays, plain))
    for form in others:
        with mg.Tape():
            np.testing.assert_array_equal(host(f(*map(mg.parameter, arrays), form)), expected)
    if expected.dtype.kind != "f":
        return
    v, ws = rng.standard_normal(expected.shape), [rng.standard_normal(a.shape) for a in arrays]
    check_first(lambda *xs: f(*xs, plain), arrays, rng)
    check_second(lambda *xs: f(*xs, plain), arrays, rng)
    firsts = vjp(lambda *xs: f(*xs, plain), arrays, v)
    seconds = second(lambda *xs: f(*xs, plain), arrays, v, ws)
    for form in others:
        for found, wanted in zip(vjp(lambda *xs, i=form: f(*xs, i), arrays, v), firsts, strict=True):
            np.testing.assert_array_equal(found, wanted)
        for found, wanted in zip(second(lambda *xs, i=form: f(*xs, i), arrays, v, ws), seconds, strict=True):
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("picked", [lambda x, i: x[i], lambda x, i: mg.take(x, i), lambda x, i: mg.delete(x, i)])
def test_an_integer_that_numpy_would_wrap_around_is_refused_and_the_line_is_named_once(picked):
    with pytest.raises(mg.errors.SubscriptError, match="negative one") as caught:
        picked(mg.tensor(np.ones(3)), np.array([1 << 63], np.uint64))
    assert str(caught.value).count(__file__) == 1
