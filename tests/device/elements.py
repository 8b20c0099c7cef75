"""Every primitive's calls in three dtypes, and elementwise functions at special numbers and on integers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import minigrad as mg
from tests.device.comparing import Case, case
from tests.table import LINALG, TABLE

REDUCTIONS = [
    "sort",
    "argsort",
    "max",
    "min",
    "argmax",
    "argmin",
    "sum",
    "prod",
    "cumsum",
    "cumprod",
    "logsumexp",
    "softmax",
    "log_softmax",
    "nansum",
    "nanmax",
    "nanmin",
    "nanmean",
    "nanprod",
    "median",
    "var",
    "std",
    "mean",
    "any",
    "all",
    "norm",
]
OF_ONE = [
    "abs",
    "sign",
    "floor",
    "ceil",
    "round",
    "rint",
    "trunc",
    "sqrt",
    "cbrt",
    "exp",
    "log",
    "log1p",
    "expm1",
    "sin",
    "tan",
    "tanh",
    "arcsin",
    "arctanh",
    "sinh",
    "cosh",
    "erf",
    "erfc",
    "sigmoid",
    "log_sigmoid",
    "softplus",
    "relu",
    "leaky_relu",
    "elu",
    "silu",
    "gelu",
    "square",
    "reciprocal",
    "isnan",
    "isinf",
    "isfinite",
    "nan_to_num",
]
OF_TWO = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "remainder",
    "fmod",
    "power",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "hypot",
    "arctan2",
    "logaddexp",
    "logaddexp2",
    "less",
    "equal",
]
OF_INTEGERS = [
    "abs",
    "sign",
    "floor",
    "ceil",
    "round",
    "rint",
    "trunc",
    "sqrt",
    "exp",
    "sin",
    "square",
    "negative",
    "reciprocal",
    "sum",
    "prod",
    "mean",
    "var",
    "max",
    "min",
    "argmax",
    "argsort",
    "sort",
    "cumsum",
    "cumprod",
    "any",
    "all",
    "isnan",
    "isfinite",
    "logical_not",
    "invert",
    "relu",
    "sigmoid",
    "softplus",
    "gelu",
    "erf",
    "erfc",
    "nan_to_num",
    "median",
    "logsumexp",
    "softmax",
    "norm",
]
OF_TWO_INTEGERS = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "remainder",
    "fmod",
    "power",
    "maximum",
    "minimum",
    "fmax",
    "hypot",
    "arctan2",
    "logaddexp",
    "less",
    "equal",
    "logical_and",
    "bitwise_and",
]
NAN, INF = np.nan, np.inf
SPECIAL = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -2.5, 1e-310, 1e300])
INTEGERS = {
    "int64": np.array([-7, 0, 3, 5]),
    "int8": np.array([-7, 0, 3, 5], np.int8),
    "uint8": np.array([7, 0, 3, 5], np.uint8),
    "bool": np.array([True, False, True, True]),
}
TOLERANCES = {"float64": 1e-9, "float32": 2e-4, "float16": 5e-2}


def table() -> Iterator[Case]:
    """The calls of the table; in fewer digits some of each primitive's."""
    for name, calls in TABLE.items():
        for dtype, tolerance in TOLERANCES.items():
            if dtype == "float16" and name in LINALG:
                continue
            step = 1 if dtype == "float64" else max(1, len(calls) // 4)
            for call in list(calls)[::step]:
                arrays = [a.astype(dtype) for a in call.arrays]
                yield case(f"{name} {call.label} {dtype}", call.f, arrays, tolerance, tolerance)


def special() -> Iterator[Case]:
    """NaN, infinities and zeros; integers and booleans; what numbers of one dtype become beside another."""
    for dtype in ("float64", "float32"):
        with np.errstate(all="ignore"):
            v = SPECIAL.astype(dtype)
        for name in OF_ONE + REDUCTIONS:
            yield case(f"{name} of special {dtype}", getattr(mg, name), [v], 1e-5, 1e-6)
        pairs = [np.repeat(v, v.size), np.tile(v, v.size)]
        for name in OF_TWO:
            yield case(f"{name} of special {dtype}", getattr(mg, name), pairs, 1e-5, 1e-6)
        yield case(f"where of special {dtype}", lambda a, b: mg.where(a > b, a, b), pairs)
    for kind, v in INTEGERS.items():
        for name in OF_INTEGERS:
            yield case(f"{name} of {kind}", getattr(mg, name), [v], 1e-3, 1e-3)
        for name in OF_TWO_INTEGERS:
            f = getattr(mg, name)
            yield case(f"{name} of {kind}", f, [v, v[::-1].copy()], 1e-3, 1e-3)
            yield case(f"{name} of {kind} and float32", f, [v, np.array([1.5, 2, -3, 0.5], np.float32)], 1e-5, 1e-6)
            yield case(f"{name} of {kind} and 3.5", lambda a, f=f: f(a, 3.5), [v], 1e-3, 1e-3)
            yield case(f"{name} of {kind} and 2", lambda a, f=f: f(a, 2), [v], 1e-3, 1e-3)
    promotions = {
        "a float64 of no axis": lambda a, z: a * z,
        "a float64 scalar": lambda a, z: a * np.float64(2),
        "a float64 scalar first": lambda a, z: np.float64(2) * a,
        "a Python number": lambda a, z: a * 2.0 + 1,
        "its own sum": lambda a, z: a.sum() * a,
        "its own mean": lambda a, z: a - a.mean(),
        "an index": lambda a, z: a * a.argmax(),
        "a float32 scalar": lambda a, z: a * np.float32(2),
        "a power": lambda a, z: a**2,
        "indices": lambda a, z: a / (mg.argsort(a) + 1),
        "NumPy's 0-d array": lambda a, z: a + np.array(1.0),
    }
    for dtype in ("float32", "float16"):
        for name, f in promotions.items():
            yield case(f"{dtype} beside {name}", f, [np.array([1.5, 2, -3], dtype), np.array(2.0)], 1e-3, 1e-3)
    for name in REDUCTIONS:
        if name not in ("sort", "argsort", "softmax", "log_softmax", "median"):
            for axis in (0, -1):
                of = lambda a, name=name, axis=axis: getattr(mg, name)(a, axis=axis)
                yield case(f"{name} of no axis along {axis}", of, [np.array(2.5)])
