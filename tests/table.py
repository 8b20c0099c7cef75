"""The table of primitives: for every name in the registry, calls on which its rules are checked.

To add a primitive, add a line to ``TABLE``: ``unary``, ``binary`` or ``reduction`` make the usual calls from a
function and a domain; anything else is a list of ``Call``. A primitive without an entry fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.primitive import REGISTRY

NDArray = np.ndarray
Domain = Callable[[Sequence[int], int], NDArray]


@dataclass(frozen=True)
class Call:
    """One call of a primitive: a function of floating-point operands alone, and where to evaluate it.

    Attributes:
        label: names the call in test ids.
        f: the call; integer operands and parameters are bound inside it.
        arrays: the operands, float64.
        torch: the same function for PyTorch tensors, or ``None`` where PyTorch has none.
        analytic: whether ``f`` also takes complex arrays, for the complex step.
        smooth: whether the second derivative is checked, too.
    """

    label: str
    f: Callable[..., Any]
    arrays: tuple[NDArray, ...]
    torch: Callable[..., Any] | None = None
    analytic: bool = False
    smooth: bool = True


# -- domains: where to draw operands, away from kinks and jumps ----------------------------------------


def real(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Any numbers."""
    return np.random.default_rng([7, seed]).standard_normal(shape)


def positive(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Numbers in [0.3, 2.3)."""
    return np.random.default_rng([8, seed]).uniform(0.3, 2.3, shape)


def distinct(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Numbers of both signs, at least 0.07 from 0 and from each other, also across seeds 0 and 1."""
    size = int(np.prod(shape, dtype=int))
    steps = np.random.default_rng([9, seed]).permutation(size) - size // 2
    return (0.37 * steps + (0.1, 0.24)[seed % 2]).reshape(shape)


def nonzero(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Numbers of both signs in ±[0.4, 1.6)."""
    rng = np.random.default_rng([10, seed])
    return rng.uniform(0.4, 1.6, shape) * rng.choice([-1.0, 1.0], shape)


# -- the usual calls ---------------------------------------------------------------------------------

SHAPES = [(), (1,), (4,), (2, 3), (2, 1, 3), (2, 3, 1, 2), (9, 9), (0,), (2, 0, 3)]
PAIRS = [
    ((), ()),
    ((3,), ()),
    ((), (2, 3)),
    ((3,), (3,)),
    ((1,), (3,)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 3), (2, 1)),
    ((2, 1), (1, 3)),
    ((2, 1, 3), (4, 1)),
    ((2, 3, 1, 2), (3, 2, 1)),
    ((2, 3, 2, 2), (2, 3, 2, 2)),
    ((0, 3), (3,)),
    ((0,), (1,)),
    ((2, 0), (2, 1)),
]
AXES: list[tuple[tuple[int, ...], Any]] = [
    ((), None),
    ((), ()),
    ((4,), None),
    ((4,), 0),
    ((4,), -1),
    ((1,), 0),
    ((2, 3), None),
    ((2, 3), 0),
    ((2, 3), -1),
    ((2, 3), (0, 1)),
    ((2, 1, 3), 1),
    ((2, 4, 3), (0, -1)),
    ((2, 3, 1, 2), (1, 3)),
    ((9, 9), 1),
]


def unary(f: Any, domain: Domain = real, **options: Any) -> list[Call]:
    """An elementwise function, or one that keeps the shape, on 0-d to 4-d and on empty arrays."""
    return [Call(f"{shape}", f, (domain(shape, 0),), **_torch(f, options)) for shape in SHAPES]


def binary(f: Any, left: Domain = real, right: Domain | None = None, **options: Any) -> list[Call]:
    """A broadcasting function on pairs of shapes, and with one operand in both places."""
    right = right or left
    options = _torch(f, options)
    return [Call(f"{a}{b}", f, (left(a, 0), right(b, 1)), **options) for a, b in PAIRS]


def reduction(f: Any, domain: Domain = real, empty: bool = False, **options: Any) -> list[Call]:
    """A reduction over axes, with and without ``keepdims``; ``empty``: it is defined on empty arrays."""
    torch = options.pop("torch", None)
    shapes = AXES + ([((0,), None), ((2, 0, 3), 1), ((2, 0, 3), 0)] if empty else [])
    calls = []
    for shape, axis in shapes:
        for keepdims in (False, True):
            bound = None
            if torch is not None and axis != ():

                def bound(t: Any, x: Any, axis: Any = axis, keepdims: bool = keepdims) -> Any:
                    axes = tuple(range(x.ndim)) if axis is None else axis
                    return torch(t, x, axes, keepdims) if x.ndim else torch(t, x[None], (0,), False)

            label = f"{shape} axis={axis}{' keepdims' if keepdims else ''}"
            call = lambda x, axis=axis, keepdims=keepdims: f(x, axis=axis, keepdims=keepdims)
            calls.append(Call(label, call, (domain(shape, 0),), torch=bound, **options))
    return calls


def calls(domain: Domain, *items: tuple[Any, ...], **options: Any) -> list[Call]:
    """Calls given one by one: (label, function, shapes) or (label, function, shapes, PyTorch's function)."""
    made = []
    for label, f, shapes, *torch in items:
        arrays = tuple(domain(shape, seed) for seed, shape in enumerate(shapes))
        made.append(Call(label, f, arrays, torch=torch[0] if torch else None, **options))
    return made


def _torch(f: Any, options: dict[str, Any]) -> dict[str, Any]:
    """``torch="name"`` or ``torch=True`` (PyTorch has the same name) as a function of (torch, *tensors)."""
    name = options.get("torch")
    if name is True or isinstance(name, str):
        name = f.name if name is True else name
        options = {**options, "torch": lambda t, *xs, name=name: getattr(t, name)(*xs)}
    return options


# -- the particular ones -----------------------------------------------------------------------------

MATMUL = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((1, 3), (3, 1)),
    ((1,), (1, 1)),
    ((2, 2, 3), (3, 4)),
    ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)),
    ((2, 3), (2, 3, 2)),
    ((2, 2, 3), (2, 3, 2)),
    ((1, 2, 3), (4, 3, 2)),
    ((4, 2, 3), (1, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 2)),
    ((2, 2, 2, 3), (3, 2)),
    ((12, 9), (9, 8)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((0, 2, 3), (3, 2)),
]

ROWS = np.array([2, 0, 2, 2, 1])
GRID = np.array([[0, 3], [1, 1], [3, 3]])
MASK = np.array([[True, False, True], [False, False, True]])
INDICES: list[tuple[str, tuple[int, ...], Any]] = [
    ("integer", (4,), 1),
    ("negative integer", (4, 2), -1),
    ("NumPy integer", (4, 2), np.int64(2)),
    ("slice", (5,), slice(1, 4)),
    ("step", (5, 2), slice(None, None, 2)),
    ("reversed", (5,), slice(None, None, -1)),
    ("empty slice", (5, 2), slice(3, 3)),
    ("new axis", (3,), (None, slice(None))),
    ("ellipsis", (2, 3, 4), (..., 1)),
    ("mixed basic", (2, 3, 4), (1, slice(None), slice(0, 4, 3))),
    ("the empty tuple", (2, 3), ()),
    ("rows with repeats", (4, 2), ROWS),
    ("elements with repeats", (4,), ROWS),
    ("negative rows", (4, 2), np.array([-1, 0, 3])),
    ("rows in a grid", (4, 2), GRID),
    ("no rows", (4, 2), np.zeros(0, int)),
    ("list", (4, 2), [3, 0, 3]),
    ("empty list", (4,), []),
    ("list of booleans", (3,), [True, False, True]),
    ("tuple of arrays", (4, 3), (ROWS, np.array([0, 1, 0, 0, 2]))),
    ("array and slice", (4, 3), (slice(None), np.array([2, 2, 0]))),
    ("array and integer", (4, 3, 2), (ROWS, 1)),
    ("mask", (2, 3), MASK),
    ("mask of rows", (2, 3), MASK[:, 0]),
    ("small integers", (4, 2), ROWS.astype(np.uint8)),
    ("unsigned", (4, 2), ROWS.astype(np.uint64)),
    ("0-d array", (4, 2), np.array(3)),
    ("large table", (200, 170), np.array([3, 3, 199])),
    ("vector of many", (700,), ROWS),
]


def _on_device(index: Any, x: Any) -> Any:
    """An index with its arrays moved to where ``x`` is."""
    value = x._value if isinstance(x, mg.Tensor) else x
    if isinstance(index, tuple):
        return tuple(_on_device(item, x) for item in index)
    return mg.backend.module_of(value).asarray(index) if isinstance(index, np.ndarray) else index


def _getitem() -> list[Call]:
    return [
        Call(
            label,
            lambda x, i=index: mg.getitem(x, _on_device(i, x)),
            (real(shape),),
            torch=None if label in ("reversed", "unsigned", "small integers") else lambda t, x, i=index: x[i],
        )
        for label, shape, index in INDICES
    ]


def _scatter() -> list[Call]:
    made = []
    for label, shape, index in INDICES:
        if isinstance(index, list):
            index = np.array(index, dtype=None if index else int)
        g = real(np.zeros(shape)[index].shape, 1)
        f = lambda x, i=index, s=shape: REGISTRY["scatter"](x, index=_on_device(i, x), shape=s)
        made.append(Call(label, f, (g,)))
    return made


def _integers(shape: Sequence[int], below: int) -> NDArray:
    return np.random.default_rng(3).integers(0, below, shape)


def _take_rows() -> list[Call]:
    made = []
    for table, index in [
        ((4, 3), (5,)),
        ((4,), (3, 2)),
        ((3, 2, 2), (2, 2)),
        ((4, 3), ()),
        ((4, 3), (0,)),
        ((600, 70), (3,)),
    ]:
        i = _integers(index, table[0])
        f = lambda x, i=i: mg.take_rows(x, _on_device(i, x))
        torch = (lambda t, x, i=i: t.nn.functional.embedding(t.as_tensor(i), x)) if len(table) == 2 else None
        made.append(Call(f"{table}{index}", f, (real(table),), torch=torch))
    return made


def _cross_entropy() -> list[Call]:
    made = []
    for shape in [(5,), (3, 4), (2, 3, 4), (2, 3, 1), (9, 8)]:
        for how in ("mean", "sum", "none"):
            targets = _integers(shape[:-1], shape[-1])
            f = lambda x, y=targets, how=how: mg.cross_entropy(x, _on_device(np.asarray(y), x), reduction=how)

            def torch(t: Any, x: Any, y: Any = targets, how: str = how) -> Any:
                x, y = (x, t.as_tensor(y)) if x.ndim < 3 else (x.movedim(-1, 1), t.as_tensor(y))
                return t.nn.functional.cross_entropy(x, y, reduction=how)

            made.append(Call(f"{shape} {how}", f, (real(shape),), torch=torch))
    return made


def _joined(join: Any, torch: str, cases: Sequence[tuple[Sequence[Sequence[int]], int]]) -> list[Call]:
    return calls(
        real,
        *[
            (
                f"{shapes} axis={axis}",
                lambda *xs, axis=axis: join(xs, axis=axis),
                shapes,
                lambda t, *xs, axis=axis: getattr(t, torch)(xs, axis),
            )
            for shapes, axis in cases
        ],
        analytic=True,
    )


def _on_axis(f: Any, torch: str) -> list[Call]:
    cases = [((3,), -1), ((1,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 3, 2), -2), ((2, 3, 1, 2), 1), ((9, 9), -1)]
    return calls(
        real,
        *[
            (f"{s} axis={a}", lambda x, a=a: f(x, axis=a), [s], lambda t, x, a=a: getattr(t, torch)(x, a))
            for s, a in cases
        ],
    )


CHOICE = np.array([[True, False, True]])
SIGMA = REGISTRY["sigmoid"]

TABLE: dict[str, list[Call]] = {
    # arithmetic
    "add": binary(mg.add, torch=True, analytic=True),
    "subtract": binary(mg.subtract, torch=True, analytic=True),
    "multiply": binary(mg.multiply, torch=True, analytic=True),
    "divide": binary(mg.divide, real, nonzero, torch=True, analytic=True),
    "power": [
        *binary(mg.power, positive, real, torch="pow"),
        *unary(lambda x: mg.power(x, 2), torch="square"),
        *unary(lambda x: mg.power(x, 3.0), analytic=True),
        *unary(lambda x: mg.power(x, -1), nonzero, torch="reciprocal"),
        *unary(lambda x: mg.power(x, 1)),
        *unary(lambda x: mg.power(x, 0)),
        *unary(lambda x: mg.power(2.0, x), torch="exp2"),
    ],
    "negative": unary(mg.negative, torch=True, analytic=True),
    "identity": unary(mg.identity, analytic=True),
    "astype": unary(lambda x: mg.astype(x, dtype="float64") if getattr(x, "dtype", 0) != "complex128" else x),
    # exponentials
    "exp": unary(mg.exp, torch=True, analytic=True),
    "log": unary(mg.log, positive, torch=True, analytic=True),
    "sqrt": unary(mg.sqrt, positive, torch=True, analytic=True),
    "square": unary(mg.square, torch=True, analytic=True),
    # activations
    "tanh": unary(mg.tanh, torch=True, analytic=True),
    "sigmoid": unary(mg.sigmoid, torch=True),
    "relu": unary(mg.relu, distinct, torch=True),
    # kinks and choices
    "abs": unary(mg.abs, distinct, torch=True),
    "sign": unary(mg.sign, distinct, torch=True),
    "maximum": binary(mg.maximum, distinct, torch=True),
    "minimum": binary(mg.minimum, distinct, torch=True),
    "where": calls(
        real,
        *[
            (
                f"{a}{b}",
                lambda x, y: mg.where(_on_device(CHOICE, x), x, y),
                (a, b),
                lambda t, x, y: t.where(t.as_tensor(CHOICE), x, y),
            )
            for a, b in [
                ((3,), (3,)),
                ((), (2, 3)),
                ((2, 3), ()),
                ((2, 1), (1, 3)),
                ((2, 1, 3), (2, 1)),
                ((0, 3), (3,)),
            ]
        ],
        analytic=True,
    ),
    # comparisons
    "equal": [],
    "not_equal": [],
    "less": [],
    "less_equal": [],
    "greater": [],
    "greater_equal": [],
    # reductions
    "sum": reduction(mg.sum, empty=True, analytic=True, torch=lambda t, x, a, k: t.sum(x, a, k)),
    "mean": reduction(mg.mean, analytic=True, torch=lambda t, x, a, k: t.mean(x, a, k)),
    "max": reduction(mg.max, distinct, torch=lambda t, x, a, k: t.amax(x, a, k)),
    "min": reduction(mg.min, distinct, torch=lambda t, x, a, k: t.amin(x, a, k)),
    "logsumexp": reduction(mg.logsumexp, torch=lambda t, x, a, k: t.logsumexp(x, a, k)),
    # shapes
    "reshape": calls(
        real,
        *[
            (f"{s} to {r}", lambda x, r=r: mg.reshape(x, shape=r), [s], lambda t, x, r=r: t.reshape(x, r))
            for s, r in [((6,), (2, 3)), ((2, 3), (3, 2)), ((2, 3), (-1,)), ((1,), ()), ((), (1, 1)), ((0, 3), (3, 0))]
        ],
        analytic=True,
    ),
    "transpose": calls(
        real,
        *[
            (
                f"{s} {a}",
                lambda x, a=a: mg.transpose(x, axes=a),
                [s],
                lambda t, x, a=a: t.permute(x, a or tuple(range(x.ndim))[::-1]),
            )
            for s, a in [
                ((), None),
                ((2, 3), None),
                ((2, 3, 4), (1, 2, 0)),
                ((2, 3, 4), (-1, 0, -2)),
                ((2, 3, 1, 2), None),
            ]
        ],
        analytic=True,
    ),
    "swapaxes": calls(
        real,
        *[
            (
                f"{s} {a}",
                lambda x, a=a: mg.swapaxes(x, axis1=a[0], axis2=a[1]),
                [s],
                lambda t, x, a=a: t.swapaxes(x, *a),
            )
            for s, a in [((2, 3), (0, 1)), ((2, 3, 4), (0, -1)), ((2, 3, 1, 2), (-3, 3)), ((2, 3), (1, 1))]
        ],
        analytic=True,
    ),
    "broadcast_to": calls(
        real,
        *[
            (f"{s} to {r}", lambda x, r=r: mg.broadcast_to(x, shape=r), [s], lambda t, x, r=r: t.broadcast_to(x, r))
            for s, r in [((), (2,)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((1, 3), (2, 4, 3)), ((2,), (2,)), ((1,), (0,))]
        ],
        analytic=True,
    ),
    "expand_dims": calls(
        real,
        *[
            (f"{s} {a}", lambda x, a=a: mg.expand_dims(x, axis=a), [s])
            for s, a in [((), 0), ((3,), -1), ((2, 3), 1), ((2, 3), (0, 2)), ((0,), 0)]
        ],
        analytic=True,
    ),
    "squeeze": calls(
        real,
        *[
            (f"{s} {a}", lambda x, a=a: mg.squeeze(x, axis=a), [s])
            for s, a in [
                ((1,), None),
                ((2, 1, 3), None),
                ((2, 1, 3), 1),
                ((1, 2, 1), (0, -1)),
                ((1, 3), -2),
                ((3,), None),
            ]
        ],
        analytic=True,
    ),
    "concatenate": _joined(
        mg.concatenate,
        "concatenate",
        [
            ([(2,), (3,)], 0),
            ([(2, 3), (1, 3), (3, 3)], 0),
            ([(2, 1), (2, 2)], -1),
            ([(2, 1, 2), (2, 3, 2)], 1),
            ([(2, 2, 2, 1), (2, 2, 2, 2)], 3),
            ([(4,)], 0),
            ([(0, 2), (2, 2)], 0),
        ],
    ),
    "stack": _joined(
        mg.stack,
        "stack",
        [
            ([(), ()], 0),
            ([(3,), (3,)], 0),
            ([(3,), (3,), (3,)], -1),
            ([(2, 3), (2, 3)], 1),
            ([(2, 1, 3)], -2),
            ([(0,), (0,)], 0),
        ],
    ),
    # indexing
    "getitem": _getitem(),
    "take_rows": _take_rows(),
    "scatter": _scatter(),
    # linear algebra
    "matmul": calls(
        real,
        *[(f"{a}{b}", mg.matmul, (a, b), lambda t, x, y: t.matmul(x, y)) for a, b in MATMUL],
        analytic=True,
    ),
    # losses
    "softmax": _on_axis(mg.softmax, "softmax"),
    "log_softmax": _on_axis(mg.log_softmax, "log_softmax"),
    "cross_entropy": _cross_entropy(),
}

COMPARISONS = [name for name, entry in TABLE.items() if not entry]
ZERO = {"sign"}  # primitives whose derivative is 0 wherever it exists
CALLS = [(name, call) for name, entry in TABLE.items() for call in entry]
