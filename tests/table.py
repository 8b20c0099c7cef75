"""The table of primitives: for every name in the registry, calls on which its rules are checked.

To add a primitive, add a line to ``TABLE``: ``unary``, ``binary`` or ``reduction`` make the usual calls from a
function and a domain; anything else is a list of ``Call``. A primitive without an entry fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.engine.backend import module_of
from minigrad.engine.primitive import REGISTRY
from minigrad.primitives.moving import Hole

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


def between(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Numbers at least 0.1 from whole and half ones."""
    rng = np.random.default_rng([13, seed])
    return rng.integers(-6, 6, shape) / 2 + rng.uniform(0.1, 0.4, shape)


def inside(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Numbers in (-0.9, 0.9)."""
    return np.random.default_rng([11, seed]).uniform(-0.9, 0.9, shape)


def above_one(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Numbers in [1.3, 3.3)."""
    return 1 + positive(shape, seed)


def with_zeros(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Numbers of which about a third are 0."""
    x = real(shape, seed)
    return x * (np.random.default_rng([12, seed]).random(shape) > 0.3)


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
    return module_of(value).asarray(index) if isinstance(index, np.ndarray) else index


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


def _moving(name: str) -> list[Call]:
    """Calls of a primitive whose index is an operand, as programs have it: of rows, of a grid, of two axes."""
    grid = {"shape": (4, 3)} if name == "place" else {}
    made = []
    for label, index, pattern in [
        ("rows", ROWS[None] % 4, (Hole(0),)),
        ("grid", GRID[None], (Hole(0), slice(None, 2))),
        ("two axes", np.array([[0, 3, 1], [2, 2, 0]]), (Hole(0), Hole(1))),
    ]:
        taken = tuple(index[item.row] if isinstance(item, Hole) else item for item in pattern)
        picked = real(np.zeros((4, 3))[taken].shape, 1)
        operands = {"pick": (real((4, 3)),), "place": (picked,)}.get(name, (real((4, 3)), picked))
        f = lambda *xs, i=index, p=pattern: REGISTRY[name](*xs, _on_device(i, xs[0]), pattern=p, **grid)
        made.append(Call(label, f, operands))
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


def _soft_cross_entropy() -> list[Call]:
    made = []
    for shape in [(5,), (3, 4), (2, 3, 4), (9, 8), (0, 3)]:
        for how in ("mean", "sum", "none")[: 1 if 0 in shape else 3]:
            how = "sum" if 0 in shape else how

            def torch(t: Any, x: Any, y: Any, how: str = how) -> Any:
                x, y = (x, y) if x.ndim < 3 else (x.movedim(-1, 1), y.movedim(-1, 1))
                return t.nn.functional.cross_entropy(x, y, reduction=how)

            targets = np.exp(real(shape, 1))
            f = lambda x, y, how=how: mg.cross_entropy(x, y, reduction=how)
            made.append(Call(f"{shape} {how}", f, (real(shape), targets), torch=torch))
    return made


def _smoothed_cross_entropy() -> list[Call]:
    """With ignored targets and smoothing: compositions of the primitives, checked as one."""
    made = []
    for shape, ignore, smoothing in [
        ((4, 3), 1, 0.0),
        ((4, 3), None, 0.1),
        ((2, 3, 4), -100, 0.2),
        ((3, 4), -100, 0.0),
    ]:
        targets = _integers(shape[:-1], shape[-1])
        if ignore == -100:
            targets[..., 0] = -100
        for how in ("mean", "sum", "none"):
            options = {"reduction": how, "label_smoothing": smoothing}

            def torch(t: Any, x: Any, y: Any = targets, ignore: Any = ignore, options: Any = options) -> Any:
                x, y = (x, t.as_tensor(y)) if x.ndim < 3 else (x.movedim(-1, 1), t.as_tensor(y))
                extra = {} if ignore is None else {"ignore_index": ignore}
                return t.nn.functional.cross_entropy(x, y, **extra, **options)

            f = lambda x, y=targets, i=ignore, o=options: mg.cross_entropy(x, _on_device(y, x), ignore_index=i, **o)
            made.append(Call(f"{shape} {how} ignore={ignore} smoothing={smoothing}", f, (real(shape),), torch=torch))
    soft = lambda x, y: mg.cross_entropy(x, y, label_smoothing=0.3)
    torch = lambda t, x, y: t.nn.functional.cross_entropy(x, y, label_smoothing=0.3)
    distribution = np.exp(mg.log_softmax(real((3, 4), 1)))
    return [*made, Call("soft smoothing", soft, (real((3, 4)), distribution), torch=torch)]


SETTINGS: list[tuple[str, tuple[int, ...], Any, tuple[int, ...]]] = [
    ("integer", (4, 3), 1, (3,)),
    ("slices", (4, 3, 2), (slice(1, 3), ..., 1), (2, 3)),
    ("broadcast value", (4, 3), slice(1, 3), (3,)),
    ("scalar value", (4, 3), (slice(None), 1), ()),
    ("mask", (2, 3), MASK, (3,)),
    ("mask, one value", (2, 3), MASK, (1,)),
    ("rows", (4, 3), np.array([3, 0]), (2, 3)),
    ("rows with repeats", (4, 3), ROWS, (5, 3)),
    ("matrices with repeats", (4, 3, 2), ROWS, (5, 3, 2)),
    ("elements with repeats", (4, 3), (ROWS, 1), (5,)),
    ("whole", (), (), ()),
    ("nothing", (4, 2), np.zeros(0, int), (0, 2)),
    ("empty array", (0, 3), slice(None), (3,)),
    ("negative", (2, 3, 2, 2), (np.array([-1, 1]), slice(None), 0), (2, 3, 2)),
]


def _placed(f: Any) -> list[Call]:
    return [
        Call(label, lambda x, v, i=i: f(x, _on_device(i, x), v), (real(shape), real(value, 1)), analytic=True)
        for label, shape, i, value in SETTINGS
    ]


EINSUMS: list[tuple[str, list[tuple[int, ...]]]] = [
    ("ij,jk->ik", [(2, 3), (3, 4)]),
    ("ij,jk", [(2, 3), (3, 4)]),
    ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]),
    ("...ij,...jk->...ik", [(2, 3, 2, 2), (3, 2, 4)]),
    ("...i,...->i", [(3, 1, 2), (2,)]),
    ("i,j->ji", [(2,), (3,)]),
    ("ij,ij->", [(2, 3), (2, 3)]),
    ("ij,ij->i", [(2, 3), (2, 3)]),
    ("ij,kl->jk", [(2, 3), (4, 2)]),
    ("iij,j->i", [(3, 3, 2), (2,)]),
    ("ij,j->ij", [(2, 3), (1,)]),
    (",i->i", [(), (3,)]),
    ("i,i->", [(0,), (0,)]),
    ("a,ab,b->", [(2,), (2, 3), (3,)]),
    ("ab,bc,cd->da", [(2, 3), (3, 2), (2, 2)]),
    ("ab,ab,ab->b", [(2, 3), (2, 3), (2, 3)]),
]
EINSUMS_OF_ONE: list[tuple[str, tuple[int, ...]]] = [
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iji->j", (2, 3, 2)),
    ("iii->i", (2, 2, 2)),
    ("ijij->ji", (2, 3, 2, 3)),
    ("ba", (2, 3)),
    ("ij->", (2, 3)),
    ("...ij->...ji", (2, 2, 3)),
]


def _einsum(cases: Any) -> list[Call]:
    made = []
    for spec, shapes in cases:
        torch = None if "," in spec and spec.startswith(",") else lambda t, *xs, spec=spec: t.einsum(spec, *xs)
        arrays = tuple(real(shape, k) for k, shape in enumerate(shapes))
        made.append(Call(spec, lambda *xs, spec=spec: mg.einsum(spec, *xs), arrays, torch=torch, analytic=True))
    return made


TENSORDOTS: list[tuple[Any, Any, Any]] = [
    ((2, 3), (3, 4), 1),
    ((2, 3, 4), (3, 4, 2), 2),
    ((2,), (3,), 0),
    ((2, 3, 4), (4, 2, 3), ((0, 2), (1, 0))),
]


def invertible(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Matrices (..., n, n) far from singular, (..., n, k) any."""
    x = real(shape, seed)
    return x if len(shape) < 2 or shape[-1] != shape[-2] else x * 0.5 + 2 * np.eye(shape[-1])


def _square(f: Any, torch: Any, domain: Domain = invertible, **options: Any) -> list[Call]:
    shapes = [(1, 1), (2, 2), (3, 3), (2, 3, 3), (2, 1, 2, 2), (0, 2, 2)]
    return [Call(f"{shape}", f, (domain(shape),), torch=torch, **options) for shape in shapes]


def _singular(shape: Sequence[int], seed: int = 0) -> NDArray:
    """Matrices of rank n - 1."""
    x = real(shape, seed)
    x[..., -1] = x[..., 0] * (shape[-1] > 1)
    return x


def _definite(x: Any) -> Any:
    """A symmetric positive definite matrix from any one, by its own operations."""
    xp = module_of(x._value if isinstance(x, mg.Tensor) else x)
    turned = mg.swapaxes(x, axis1=-1, axis2=-2)
    return x @ turned + xp.asarray(np.eye(x.shape[-1]), dtype=x.dtype)


def _symmetric(x: Any) -> Any:
    return (x + x.mT) * 0.5


def _turned(vectors: Any) -> Any:
    """Vectors as columns, with signs that do not depend on the library's choice."""
    return vectors * mg.sign(vectors[..., :1, :])


def _polar(x: Any, svd: Any = mg.svd) -> Any:
    """The nearest matrix with orthonormal rows or columns: it does not depend on signs."""
    u, _, vh = svd(x, full_matrices=False)
    return u @ vh


def _exponential(x: Any, eigh: Any = mg.eigh) -> Any:
    """The exponential of a symmetric matrix: it does not depend on signs."""
    w, v = eigh(x)
    return (v * (2.0**w)[..., None, :]) @ v.mT


DETERMINANTS = [(1, 1), (2, 2), (3, 3), (4, 4), (2, 3, 3), (0, 2, 2)]
MATRICES: list[tuple[int, ...]] = [(1, 1), (3, 3), (4, 2), (2, 4), (2, 3, 2), (2, 1, 2, 2), (0, 2, 3)]


def _numpy_flip(t: Any, x: Any, axis: Any) -> Any:
    axes = tuple(range(x.ndim)) if axis is None else axis
    return t.flip(x, axes if isinstance(axes, tuple) else (axes,))


def _moved(f: Any, cases: Any, torch: Any = None, **options: Any) -> list[Call]:
    """``f(x, *arguments)`` for (shape, *arguments)."""
    made = []
    for shape, *arguments in cases:
        theirs = None if torch is None else lambda t, x, a=arguments: torch(t, x, *a)
        call = Call(f"{shape} {arguments}", lambda x, a=arguments: f(x, *a), (real(shape),), torch=theirs, **options)
        made.append(call)
    return made


def _constant(call: Call) -> bool:
    """Whether a reduction to deviations is of single elements, where it has a kink."""
    with np.errstate(all="ignore"):
        return not np.all(call.f(*call.arrays))


SCANS: list[tuple[Any, ...]] = [
    ((4,), 0),
    ((1,), 0),
    ((2, 3), 0),
    ((2, 3), -1),
    ((2, 3, 1, 2), 1),
    ((9, 9), 1),
    ((0,), 0),
    ((2, 0), 1),
]
TRIANGLES: list[tuple[Any, ...]] = [((3, 3), 0), ((2, 4), 1), ((4, 2), -1), ((2, 1, 3, 3), 0), ((0, 3), 0)]
LINALG = (
    "inv",
    "solve",
    "pinv",
    "det",
    "cofactors",
    "cofactors_along",
    "cofactors_along_both",
    "log_of_det",
    "sign_of_det",
    "cholesky",
    "svd",
    "singular_values",
    "singular_vectors",
    "eigh",
    "eigenvectors",
    "eigenvalues",
)
# (NumPy has no float16 there)
CHOICE = np.array([[True, False, True]])
SIGMA = REGISTRY["sigmoid"]
TIES = (np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.5, 3.0]))  # a central difference sees the half of each

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
    "floor_divide": binary(mg.floor_divide, distinct, nonzero),
    "remainder": binary(mg.remainder, distinct, nonzero, torch=True),
    "fmod": binary(mg.fmod, distinct, nonzero, torch=True),
    "negative": unary(mg.negative, torch=True, analytic=True),
    "reciprocal": unary(mg.reciprocal, nonzero, torch=True, analytic=True),
    "hypot": binary(mg.hypot, nonzero, torch=True),
    "cosine": binary(REGISTRY["cosine"], nonzero),
    "ratio": binary(REGISTRY["ratio"], real, nonzero, analytic=True),
    "leg": unary(REGISTRY["leg"], inside, analytic=True),
    "power_log": [
        *binary(REGISTRY["power_log"], positive, real),
        *binary(lambda x, y: REGISTRY["power_log"](x, y, times=2), positive, real),
    ],
    "identity": unary(mg.identity, analytic=True),
    "astype": unary(lambda x: mg.astype(x, dtype="float64") if getattr(x, "dtype", 0) != "complex128" else x),
    # exponentials
    "exp": unary(mg.exp, torch=True, analytic=True),
    "log": unary(mg.log, positive, torch=True, analytic=True),
    "sqrt": unary(mg.sqrt, positive, torch=True, analytic=True),
    "cbrt": unary(mg.cbrt, nonzero),
    "square": unary(mg.square, torch=True, analytic=True),
    "exp2": unary(mg.exp2, torch=True, analytic=True),
    "expm1": unary(mg.expm1, torch=True, analytic=True),
    "log1p": unary(mg.log1p, positive, torch=True, analytic=True),
    "log2": unary(mg.log2, positive, torch=True, analytic=True),
    "log10": unary(mg.log10, positive, torch=True, analytic=True),
    "logaddexp": binary(mg.logaddexp, torch=True),
    "logaddexp2": binary(mg.logaddexp2, torch=True),
    "gap": binary(REGISTRY["gap"]),
    "sinh": unary(mg.sinh, torch=True, analytic=True),
    "cosh": unary(mg.cosh, torch=True, analytic=True),
    "arcsinh": unary(mg.arcsinh, torch=True, analytic=True),
    "arccosh": unary(mg.arccosh, above_one, torch=True, analytic=True),
    "arctanh": unary(mg.arctanh, inside, torch=True, analytic=True),
    # circular functions
    "sin": unary(mg.sin, torch=True, analytic=True),
    "cos": unary(mg.cos, torch=True, analytic=True),
    "tan": unary(mg.tan, inside, torch=True, analytic=True),
    "arcsin": unary(mg.arcsin, inside, torch=True, analytic=True),
    "arccos": unary(mg.arccos, inside, torch=True, analytic=True),
    "arctan": unary(mg.arctan, torch=True, analytic=True),
    "arctan2": binary(mg.arctan2, nonzero, torch=True),
    "erf": unary(mg.erf, torch=True),
    "erfc": unary(mg.erfc, torch=True),
    # activations
    "tanh": unary(mg.tanh, torch=True, analytic=True),
    "tanh_slope": unary(REGISTRY["tanh_slope"]),
    "sigmoid": unary(mg.sigmoid, torch=True),
    "bell": [*unary(REGISTRY["bell"]), *unary(lambda x: REGISTRY["bell"](x, scale=0.5))],
    "relu": unary(mg.relu, distinct, torch=True),
    "log_sigmoid": unary(mg.log_sigmoid, torch=lambda t, x: t.nn.functional.logsigmoid(x)),
    "softplus": unary(mg.softplus, torch=lambda t, x: t.nn.functional.softplus(x, threshold=1e3)),
    "leaky_relu": [
        *unary(mg.leaky_relu, distinct, torch=lambda t, x: t.nn.functional.leaky_relu(x)),
        *unary(lambda x: mg.leaky_relu(x, slope=0.3), distinct),
    ],
    "elu": [
        *unary(mg.elu, distinct, torch=lambda t, x: t.nn.functional.elu(x)),
        *unary(lambda x: mg.elu(x, alpha=0.3), distinct, torch=lambda t, x: t.nn.functional.elu(x, 0.3)),
    ],
    "silu": unary(mg.silu, torch=lambda t, x: t.nn.functional.silu(x)),
    "gelu": [
        *unary(mg.gelu, torch=lambda t, x: t.nn.functional.gelu(x)),
        *unary(
            lambda x: mg.gelu(x, approximate=True),
            torch=lambda t, x: t.nn.functional.gelu(x, approximate="tanh"),
        ),
    ],
    # kinks and choices
    "abs": unary(mg.abs, distinct, torch=True),
    "sign": unary(mg.sign, distinct, torch=True),
    "floor": unary(mg.floor, between, torch=True),
    "ceil": unary(mg.ceil, between, torch=True),
    "trunc": unary(mg.trunc, between, torch=True),
    "zero": unary(REGISTRY["zero"], real),
    "round": [
        *unary(mg.round, between, torch=True),
        *unary(lambda x: mg.round(x, 1), lambda shape, seed: between(shape, seed) / 10),
    ],
    "clip": [
        *calls(
            distinct,
            *[
                (f"{shapes}", mg.clip, shapes, lambda t, *xs: t.clip(*xs))
                for shapes in [
                    ((9,), (9,), (9,)),
                    ((2, 3), (), (3,)),
                    ((3,), (2, 1), (2, 3)),
                    ((), (), ()),
                    ((0,), (1,), ()),
                ]
            ],
        ),
        *unary(lambda x: mg.clip(x, -0.3, 0.45), distinct, torch=lambda t, x: t.clip(x, -0.3, 0.45)),
        *unary(lambda x: mg.clip(x, max=0.45), distinct, torch=lambda t, x: t.clip(x, max=0.45)),
        *unary(lambda x: mg.clip(x, -0.3), distinct, torch=lambda t, x: t.clip(x, -0.3)),
    ],
    "maximum": [*binary(mg.maximum, distinct, torch=True), Call("ties", mg.maximum, TIES, smooth=False)],
    "minimum": [*binary(mg.minimum, distinct, torch=True), Call("ties", mg.minimum, TIES, smooth=False)],
    "where": [
        *unary(lambda x: mg.where(x > 0, mg.log, mg.exp, x), distinct),
        *binary(lambda x, y: mg.where(x > y, mg.divide, 0.0, x, y), distinct),
        *calls(
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
    ],
    # comparisons
    "equal": [],
    "not_equal": [],
    "less": [],
    "less_equal": [],
    "greater": [],
    "greater_equal": [],
    "logical_and": [],
    "logical_or": [],
    "logical_xor": [],
    # other functions without a derivative
    **{name: [] for name in ("isnan", "isinf", "isfinite", "logical_not", "bitwise_and", "bitwise_or", "bitwise_xor")},
    **{
        name: []
        for name in (
            "invert",
            "argmax",
            "argmin",
            "any",
            "all",
            "argsort",
            "argpartition",
            "one_hot",
            "is_last",
            "piece",
        )
    },
    # reductions
    "sum": reduction(mg.sum, empty=True, analytic=True, torch=lambda t, x, a, k: t.sum(x, a, k)),
    "mean": reduction(mg.mean, analytic=True, torch=lambda t, x, a, k: t.mean(x, a, k)),
    "max": reduction(mg.max, distinct, torch=lambda t, x, a, k: t.amax(x, a, k)),
    "min": reduction(mg.min, distinct, torch=lambda t, x, a, k: t.amin(x, a, k)),
    "logsumexp": reduction(mg.logsumexp, torch=lambda t, x, a, k: t.logsumexp(x, a, k)),
    "var": [
        *reduction(mg.var, torch=lambda t, x, a, k: t.var(x, a, correction=0, keepdim=k)),
        *calls(real, ("ddof", lambda x: mg.var(x, axis=0, ddof=1), [(4, 2)], lambda t, x: t.var(x, 0, correction=1))),
    ],
    "std": [
        *(c for c in reduction(mg.std) if not _constant(c)),
        *calls(real, ("ddof", lambda x: mg.std(x, axis=0, ddof=1), [(4, 2)], lambda t, x: t.std(x, 0, correction=1))),
    ],
    **{
        name: [
            Call(f"axis={axis}", partial(REGISTRY[name], axis=axis), (real((2, 3), 0),)) for axis in (None, 1, (0, 1))
        ]
        for name in ("deviation", "direction")
    },
    "norm": [
        *(
            call
            for ord in (1, 2, 2.5, 3, 0.5, -1)
            for call in reduction(
                lambda x, axis, keepdims, ord=ord: mg.vector_norm(x, ord, axis, keepdims),
                nonzero,
                torch=lambda t, x, a, k, ord=ord: t.linalg.vector_norm(x, ord, a, k),
            )
        ),
    ],
    "prod": [
        *reduction(mg.prod, analytic=True, empty=True),
        *reduction(mg.prod, with_zeros, analytic=True),
        *calls(with_zeros, *[(f"{n} with zeros", mg.prod, [(n,)], lambda t, x: t.prod(x)) for n in (2, 3, 5, 8)]),
        Call("all zeros", mg.prod, (np.zeros(3),)),
        Call("() 0", lambda x: mg.prod(x, 0), (np.array(1.5),)),
    ],
    "cumsum": [
        *_moved(mg.cumsum, [*SCANS, ((2, 3), None), ((), 0), ((), None)], analytic=True),
        *_moved(mg.cumsum, SCANS, lambda t, x, a: t.cumsum(x, a)),
    ],
    "cumprod": [
        *_moved(
            mg.cumprod,
            [*SCANS, ((2, 3), None), ((), 0)],
            lambda t, x, a: t.cumprod(x if a is not None else x.ravel(), a or 0),
        ),
        *[
            Call(f"{s} {a} with zeros", lambda x, a=a: mg.cumprod(x, a), (with_zeros(s),), analytic=True)
            for s, a in [((7,), 0), ((3, 4), 1), ((9, 2), 0)]
        ],
        Call("all zeros", lambda x: mg.cumprod(x, 0), (np.zeros(3),)),
    ],
    # shapes
    "flip": _moved(
        lambda x, a: mg.flip(x, axis=a),
        [((3,), None), ((), None), ((2, 3), None), ((2, 3), -1), ((2, 3, 1, 2), (0, 3)), ((0, 2), 0)],
        _numpy_flip,
        analytic=True,
    ),
    "roll": _moved(
        lambda x, s, a: mg.roll(x, s, a),
        [((5,), 2, 0), ((5,), -7, 0), ((2, 3), 1, None), ((2, 3), (1, -1), (0, 1)), ((2, 3, 1, 2), 1, 3), ((0,), 1, 0)],
        lambda t, x, s, a: t.roll(x, s, a),
        analytic=True,
    ),
    "pad": _moved(
        lambda x, w: mg.pad(x, w, constant_values=1.5),
        [((3,), 2), ((), 1), ((2, 3), (1, 0)), ((2, 3), ((0, 1), (2, 0))), ((2, 3, 1, 2), 1), ((0, 2), 1)],
        analytic=True,
    ),
    "tile": _moved(
        lambda x, r: mg.tile(x, r),
        [
            ((3,), 2),
            ((), 3),
            ((2, 3), (2, 1)),
            ((2,), (3, 2)),
            ((2, 3, 1, 2), (2, 1, 3, 1)),
            ((2, 2), 3),
            ((0, 2), 2),
            ((3,), 0),
        ],
        lambda t, x, r: t.tile(x, r if isinstance(r, tuple) else (r,)),
        analytic=True,
    ),
    "repeat": _moved(
        mg.repeat,
        [
            ((3,), 2, 0),
            ((), 3, None),
            ((2, 3), 2, -1),
            ((2, 3), 3, None),
            ((2, 3, 1, 2), 2, 2),
            ((2, 2), 1, 0),
            ((0, 2), 2, 0),
        ],
        lambda t, x, r, a: t.repeat_interleave(x, r, a) if x.ndim else x.expand(r),
        analytic=True,
    ),
    "diagonal": [
        *_moved(
            mg.diagonal,
            [
                ((3, 3), 0, 0, 1),
                ((2, 4), 1, 0, 1),
                ((4, 2), -1, 1, 0),
                ((2, 3, 3), 0, -2, -1),
                ((2, 3, 2, 4), 2, 1, 3),
                ((2, 2), 3),
            ],
            lambda t, x, *a: t.diagonal(x, *a),
            analytic=True,
        ),
        *_moved(mg.diag, [((3, 3), 0), ((2, 3), 1)], lambda t, x, k: t.diag(x, k), analytic=True),
        *_moved(mg.trace, [((3, 3), 0), ((2, 3), -1), ((2, 3, 3), 0, 2, 1)], analytic=True),
    ],
    "from_diagonal": _moved(
        mg.diag, [((3,), 0), ((2,), 1), ((2,), -2), ((0,), 0)], lambda t, x, k: t.diag(x, k), analytic=True
    ),
    "tril": _moved(mg.tril, [*TRIANGLES, ((3,), 1)], analytic=True)
    + _moved(mg.tril, TRIANGLES, lambda t, x, k: t.tril(x, k), analytic=True),
    "triu": _moved(mg.triu, [*TRIANGLES, ((3,), -1)], analytic=True)
    + _moved(mg.triu, TRIANGLES, lambda t, x, k: t.triu(x, k), analytic=True),
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
    "at_set": _placed(mg.at_set),
    "at_add": _placed(mg.at_add),
    **{name: _moving(name) for name in ("pick", "place", "set_moving", "add_moving")},
    # linear algebra
    "einsum": [
        *_einsum(EINSUMS),
        *calls(
            real,
            *[
                (
                    f"tensordot {a} {b} {x}",
                    lambda x, y, axes=x: mg.tensordot(x, y, axes),
                    [a, b],
                    lambda t, x, y, d=x: t.tensordot(x, y, d),
                )
                for a, b, x in TENSORDOTS
            ],
            ("dot", mg.dot, [(2, 3), (2, 3, 2)]),
            ("inner", mg.inner, [(2, 3), (4, 3)], lambda t, x, y: t.inner(x, y)),
            analytic=True,
        ),
    ],
    "inv": _square(mg.inv, lambda t, x: t.linalg.inv(x), analytic=True),
    "solve": calls(
        invertible,
        *[
            (f"{a} {b}", mg.solve, (a, b), None if len(b) == 1 < len(a) - 1 else lambda t, x, y: t.linalg.solve(x, y))
            for a, b in [
                ((2, 2), (2,)),
                ((3, 3), (3, 2)),
                ((2, 3, 3), (3,)),
                ((2, 2, 2), (2, 3)),
                ((2, 2), (3, 2, 1)),
                ((2, 1, 2, 2), (3, 2, 2)),
                ((0, 2, 2), (2, 1)),
            ]
        ],
        analytic=True,
    ),
    "pinv": calls(
        invertible,
        *[(f"{shape}", mg.pinv, [shape], lambda t, x: t.linalg.pinv(x)) for shape in MATRICES],
        ("rank 1", lambda x, y: mg.pinv(mg.outer(x, y), 1e-6), [(3,), (4,)]),
    ),
    "singular_values": calls(
        nonzero,
        *[(f"{s} largest", lambda x: mg.svd(x, compute_uv=False, only=slice(1)), [s]) for s in MATRICES],
        *[(f"{s} values", mg.svdvals, [s], lambda t, x: t.linalg.svdvals(x)) for s in MATRICES],
        *[(f"{s} of svd", lambda x: mg.svd(x, full_matrices=False)[1], [s]) for s in MATRICES],
    ),
    "singular_vectors": calls(
        nonzero,
        *[(f"{s} first u", lambda x: _turned(mg.svd(x, only=slice(1))[0]), [s]) for s in MATRICES],
        *[(f"{s} last vh", lambda x: _turned(mg.svd(x, only=slice(-1, None))[2].mT), [s]) for s in MATRICES],
        *[(f"{s} product", lambda x: mg.matmul(*mg.svd(x, only=slice(2))[::2]), [s]) for s in MATRICES],
    ),
    "eigenvalues": [
        *_square(lambda x: mg.eigvalsh(_symmetric(x)), lambda t, x: t.linalg.eigvalsh(_symmetric(x)), real),
        *_square(lambda x: mg.eigh(_symmetric(x))[0], None, real),
        *_square(lambda x: mg.eigh(_symmetric(x), only=slice(-1, None))[0], None, real),
    ],
    "svd": calls(
        nonzero,
        *[(f"{s} u", lambda x: _turned(mg.svd(x, full_matrices=False)[0]), [s]) for s in MATRICES],
        *[(f"{s} vh", lambda x: _turned(mg.svd(x, full_matrices=False)[2].mT), [s]) for s in MATRICES],
        *[(f"{s} polar", _polar, [s], lambda t, x: _polar(x, t.linalg.svd)) for s in MATRICES],
    ),
    "eigenvectors": [
        call
        for only in (slice(-1, None), slice(0, 2), slice(None))
        for call in _square(lambda x, o=only: _turned(mg.eigh(_symmetric(x), only=o)[1]), None, real)
    ],
    "eigh": [
        *_square(lambda x: _turned(mg.eigh(_symmetric(x))[1]), None, real),
        *_square(lambda x: _exponential(_symmetric(x)), lambda t, x: _exponential(_symmetric(x), t.linalg.eigh), real),
    ],
    "det": [
        *_square(mg.det, lambda t, x: t.linalg.det(x), analytic=True),
        *_square(mg.det, None, _singular),
    ],
    "cofactors": _square(REGISTRY["cofactors"], None) + _square(REGISTRY["cofactors"], None, _singular, smooth=False),
    "cofactors_along": calls(
        invertible,
        *[(f"{s}", REGISTRY["cofactors_along"], [s, s]) for s in DETERMINANTS],
    ),
    "cofactors_along_both": calls(
        invertible,
        *[(f"{s}", REGISTRY["cofactors_along_both"], [s] * 3) for s in DETERMINANTS],
    ),
    "log_of_det": _square(lambda x: mg.slogdet(x)[1], lambda t, x: t.linalg.slogdet(x)[1]),
    "sign_of_det": _square(lambda x: mg.slogdet(x)[0], None),
    "cholesky": _square(lambda x: mg.cholesky(_definite(x)), None),
    "matmul": calls(
        real,
        *[(f"{a}{b}", mg.matmul, (a, b), lambda t, x, y: t.matmul(x, y)) for a, b in MATMUL],
        analytic=True,
    ),
    "linear": calls(
        real,
        *[
            (f"{a}{b}{c}", mg.linear, (a, b, c), lambda t, x, y, z: t.matmul(x, y) + z)
            for a, b in MATMUL
            for product in [np.matmul(np.zeros(a), np.zeros(b)).shape]
            for c in sorted({product, product[-1:], (1,) * len(product)})
        ],
        analytic=True,
    ),
    # losses
    "softmax": _on_axis(mg.softmax, "softmax"),
    "shares": reduction(lambda x, axis, keepdims: REGISTRY["shares"](x, axis=axis)),
    "log_softmax": _on_axis(mg.log_softmax, "log_softmax"),
    "cross_entropy": [*_cross_entropy(), *(c for c in _smoothed_cross_entropy() if "soft" not in c.label)],
    "soft_cross_entropy": [*_soft_cross_entropy(), *(c for c in _smoothed_cross_entropy() if "soft" in c.label)],
}

COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
COMPARISONS += ["logical_and", "logical_or", "logical_xor"]
ZERO = {
    "sign",
    "floor",
    "ceil",
    "round",
    "trunc",
    "zero",
    "floor_divide",
    "sign_of_det",
}  # primitives whose derivative is 0 wherever it exists
CALLS = [(name, call) for name, entry in TABLE.items() for call in entry]
