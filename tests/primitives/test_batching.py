"""Batching rules: of every call in the table of primitives, with every choice of batched operands."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.primitive import REGISTRY, Primitive
from minigrad.primitives.batching import batched_call
from minigrad.primitives.moving import Hole
from tests.numeric import host, second, vjp
from tests.table import CALLS, COMPARISONS, PAIRS, Call, real

NDArray = np.ndarray
PACKAGE = {name: each for name, each in REGISTRY.items() if each.__module__.startswith("minigrad.")}
WITHOUT: dict[str, str] = {  # primitives of the package without a rule, and why they have none
    **dict.fromkeys(("pick", "place", "set_moving", "add_moving", "is_last"), "each element has its own index"),
    "piece": "it searches one vector",
}
MOVES = {"comparisons", "choices", "shape", "diagonals", "joining", "index", "padding"}  # files that round nothing,
SUMS = {"at_add", "scatter"}  # but for these


@dataclass(frozen=True)
class Case:
    """One call of a primitive as it is recorded: all operands, those without a derivative too, and all parameters."""

    label: str
    primitive: Primitive
    operands: tuple[Any, ...]
    params: dict[str, Any]


# -- the calls -------------------------------------------------------------------------------------

INTEGERS = np.array([[2, 0, 1], [1, 1, 3]])
WITHOUT_DERIVATIVE: list[tuple[str, list[Any], dict[str, Any]]] = [
    *((name, [real(a), real(b, 1)], {}) for name in COMPARISONS for a, b in PAIRS),
    *((name, [real(shape)], {}) for name in ("isnan", "isinf", "isfinite", "logical_not") for shape in [(), (2, 3)]),
    *((name, [INTEGERS, INTEGERS[0]], {}) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")),
    *((name, [INTEGERS > 1, np.array(True)], {}) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")),
    ("argpartition", [real((2, 3))], {"kth": 1, "axis": -1}),
    ("piece", [np.sort(real((4,))), real((2, 3), 1)], {}),
    ("is_last", [real((4, 3)), np.array([[2, 0, 2]])], {"pattern": (Hole(0),)}),
    *(("invert", [x], {}) for x in (INTEGERS, INTEGERS > 1, np.array(3))),
    *(
        (name, [real(shape)], {"axis": axis, "keepdims": keepdims})
        for name in ("argmax", "argmin", "any", "all")
        for shape, axis in [((), None), ((4,), 0), ((2, 3), None), ((2, 3), -1), ((2, 3, 2), 1)]
        for keepdims in (False, True)
    ),
    *((name, [real((2, 3, 2)) > 0], {"axis": (0, -1)}) for name in ("any", "all")),
    *(
        ("argsort", [real(shape)], {"axis": axis})
        for shape, axis in [((), -1), ((4,), -1), ((2, 3), 0), ((2, 3), None)]
    ),
    *(("one_hot", [x], {"classes": 4}) for x in (INTEGERS, INTEGERS[0], np.array(1))),
]
# What the table has no example of: numbers beside arrays, axes from behind, index arrays apart from each other
MORE: list[tuple[str, list[Any], dict[str, Any]]] = [
    ("round", [real((2, 3))], {"decimals": 1}),
    ("leaky_relu", [real((2, 3))], {"slope": np.array([0.1, 0.2, 0.3])}),
    ("reshape", [real((2, 3))], {"shape": 6}),
    ("reshape", [real((0, 3))], {"shape": (-1, 3)}),
    ("transpose", [real((3,))], {"axes": 0}),
    ("broadcast_to", [real((3,))], {"shape": 3}),
    ("squeeze", [real((2, 1))], {"axis": ()}),
    ("roll", [real((2, 3))], {"shift": (1, 1), "axis": None}),
    ("roll", [real((2, 3))], {"shift": (1, 1), "axis": -1}),
    ("sum", [real(())], {"axis": -1}),
    ("max", [real((2, 3, 2))], {"axis": (-1, -3), "keepdims": True}),
    ("softmax", [real(())], {"axis": -1}),
    ("softmax", [real((2, 3, 2))], {"axis": (0, -1)}),
    ("cumsum", [real((2, 3, 2))], {"axis": -3}),
    ("repeat", [real((2, 3))], {"count": 2, "axis": -2}),
    ("diagonal", [real((3, 2, 3))], {"axis1": -1, "axis2": -3}),
    ("concatenate", [real((2, 3)), real((2, 1), 1)], {"axis": -1}),
    ("matmul", [real((2, 1, 2, 3)), real((3,), 1)], {}),
    ("matmul", [real((3,)), real((2, 1, 3, 2), 1)], {}),
    ("linear", [real((2, 3)), real((3, 2), 1), real((), 2)], {}),
    ("linear", [real((2, 3)), real((3, 2), 1), real((2, 2), 2)], {}),
    ("where", [np.array([[True, False, True]]), real((2, 1)), 1.5], {}),
    ("where", [np.array(True), real(()), real((3,), 1)], {}),
    ("add", [real((3,)), 2.5], {}),
    ("power", [np.abs(real((3,))), 2], {}),
    ("take_rows", [real((4, 2)), np.array([3, 0], "uint8")], {}),
    ("take_rows", [real((4, 2)), np.array([[3, 0]], "uint64")], {}),
    ("cross_entropy", [real((3,)), np.array(1)], {}),
]
APART: list[tuple[tuple[int, ...], Any]] = [
    ((3, 2, 3), (INTEGERS[0], slice(None), INTEGERS[0])),
    ((4, 2, 4), (INTEGERS, slice(None), INTEGERS)),
    ((4, 2, 3), (slice(None), 1, INTEGERS[0])),
    ((4, 2, 3), (1, slice(None), INTEGERS[0])),
    ((4, 2, 3), (1, ..., INTEGERS[0])),
    ((4, 3), (1, ..., INTEGERS[0])),
    ((4, 3), (INTEGERS[0], None, 1)),
    ((4, 3), (INTEGERS[0], None, INTEGERS[0])),
    ((4, 2, 3), (np.array(1), slice(None), INTEGERS[0])),
    ((4, 2, 3), (INTEGERS[0], ..., np.array([True, True, True]))),
    ((2, 3, 2, 4), (np.ones((2, 3), bool), slice(None), np.array([0, 3, 1, 1, 2, 0]))),
    ((2, 3, 4), (slice(None), np.array([[True] * 4] * 3))),
    ((2, 3), True),
    ((2, 3), (slice(None), None, np.array(True))),
    ((2, 3, 4), (..., None, np.array([1]), slice(0, 2))),
]


def _placed() -> list[tuple[str, list[Any], dict[str, Any]]]:
    """The same indices for all that pick and place."""
    found = []
    for shape, index in APART:
        picked = real(shape)[index]
        found.append(("getitem", [real(shape)], {"index": index}))
        found.append(("scatter", [picked], {"index": index, "shape": shape}))
        for name, value in itertools.product(("at_set", "at_add"), (picked, picked[..., :1], np.array(0.5))):
            found.append((name, [real(shape, 1), value], {"index": index}))
    return found


def _seen(name: str, call: Call) -> list[Case]:
    """The first call of the primitive that an entry of the table comes down to, as the forward function sees it."""
    found: list[Case] = []
    primitive = REGISTRY[name]
    forward = primitive.forward

    def spy(xp: Any, *operands: Any, **params: Any) -> Any:
        found.append(Case(f"{name} {call.label}", primitive, operands, params))
        return forward(xp, *operands, **params)

    primitive.forward = spy
    try:
        call.f(*call.arrays)
    finally:
        primitive.forward = forward
    return found[:1]


CASES = [
    *(case for name, call in CALLS for case in _seen(name, call)),
    *(
        Case(f"{name} {[np.shape(x) for x in operands]} {params}", REGISTRY[name], tuple(operands), params)
        for name, operands, params in [*WITHOUT_DERIVATIVE, *MORE, *_placed()]
    ),
]
every_case = pytest.mark.parametrize("case", [pytest.param(case, id=case.label) for case in CASES])


def some(most: int) -> pytest.MarkDecorator:
    """So many cases of each primitive at most, from all parts of its list."""
    entries: dict[str, list[Case]] = {}
    for case in CASES:
        entries.setdefault(case.primitive.name, []).append(case)
    chosen = [case for entry in entries.values() for case in entry[:: max(1, -(-len(entry) // most))]]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.label) for case in chosen])


def one_of_each() -> list[Any]:
    """The call of each primitive whose first operand has the most axes, and elements."""
    found: dict[str, Case] = {}
    for case in CASES:
        if all(np.size(x) for x in case.operands):
            best = found.setdefault(case.primitive.name, case)
            if np.ndim(case.operands[0]) > np.ndim(best.operands[0]):
                found[case.primitive.name] = case
    return [pytest.param(case, id=name) for name, case in found.items()]


# -- batches ---------------------------------------------------------------------------------------


def choices(count: int) -> list[tuple[bool, ...]]:
    """Every choice of batched operands, one of them at least; of more than three, each alone, and all."""
    if count > 3:
        return [*(tuple(k == j for j in range(count)) for k in range(count)), (True,) * count]
    return [c for c in itertools.product((False, True), repeat=count) if any(c)]


def batch_of(value: Any, size: int, rng: np.random.Generator) -> NDArray:
    """Different values like ``value``: numbers near it, or of integers and booleans the same ones at other places."""
    value = np.asarray(value)
    if value.dtype.kind == "f":
        others = [value * (1 + 0.02 * rng.uniform(-1, 1, value.shape)) for _ in range(size)]
    else:
        others = [value, np.zeros_like(value), np.roll(value, 1)][:size]
    return np.stack([np.asarray(x, value.dtype) for x in others]) if size else np.zeros((0, *value.shape), value.dtype)


@dataclass(frozen=True)
class Batch:
    """A case with some of its operands batched, as a function of the floating-point ones."""

    case: Case
    size: int
    batched: tuple[bool, ...]
    operands: tuple[Any, ...]

    @staticmethod
    def of(case: Case, size: int, batched: tuple[bool, ...], rng: np.random.Generator) -> Batch:
        operands = tuple(
            batch_of(x, size, rng) if leads else x for x, leads in zip(case.operands, batched, strict=True)
        )
        return Batch(case, size, batched, operands)

    @property
    def floats(self) -> list[NDArray]:
        return [np.asarray(x) for x in self.operands if self._differs(x)]

    def _differs(self, x: Any) -> bool:
        return getattr(x, "dtype", None) is not None and x.dtype.kind == "f"

    def _filled(self, floats: Sequence[Any]) -> list[Any]:
        """All operands, with these floating-point ones."""
        rest = iter(floats)
        return [next(rest) if self._differs(x) else x for x in self.operands]

    def on(self, xp: Any) -> Batch:
        """The same on a device; index arrays are there as well."""

        def moved(x: Any) -> Any:
            if isinstance(x, tuple):
                return tuple(map(moved, x))
            return xp.asarray(x) if isinstance(x, (np.ndarray, np.generic)) else x

        params = {name: moved(value) for name, value in self.case.params.items()}
        return replace(self, case=replace(self.case, params=params), operands=moved(self.operands))

    def at_once(self, *floats: Any) -> Any:
        """By the rule."""
        case = self.case
        return batched_call(case.primitive, self.size, self._filled(floats), self.batched, case.params)

    def one_by_one(self, *floats: Any) -> Any:
        """By a loop."""
        pairs = list(zip(self._filled(floats), self.batched, strict=True))
        return mg.stack(
            [
                self.case.primitive(*[x[k] if leads else x for x, leads in pairs], **self.case.params)
                for k in range(self.size)
            ]
        )


def batches(case: Case, size: int, rng: np.random.Generator) -> list[Batch]:
    return [Batch.of(case, size, batched, rng) for batched in choices(len(case.operands))]


def close(actual: Any, expected: Any, rtol: float = 1e-12) -> None:
    """Equal, to rounding where numbers are added or multiplied."""
    actual, expected = np.asarray(host(actual)), np.asarray(host(expected))
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    if actual.dtype.kind != "f" or rtol == 0:
        np.testing.assert_array_equal(actual, expected)
    else:
        scale = float(np.max(np.abs(expected), initial=1, where=np.isfinite(expected)))
        np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol * scale)


def differentiable(batch: Batch) -> bool:
    return bool(batch.floats) and any(batch.case.primitive.rules)


quiet = pytest.mark.filterwarnings("ignore::RuntimeWarning")


# -- the rules -------------------------------------------------------------------------------------


def test_these_primitives_have_no_rule():
    assert {name for name, p in PACKAGE.items() if p.batching is None and not p.elementwise} == set(WITHOUT)


def test_every_primitive_is_called():
    assert {case.primitive.name for case in CASES} == set(PACKAGE)


@quiet
@every_case
def test_values(case: Case, rng):
    moves = case.primitive.__module__.rpartition(".")[2] in MOVES and case.primitive.name not in SUMS
    for size in (3, 1):
        for batch in batches(case, size, rng):
            expected = batch.one_by_one(*batch.floats)
            close(batch.at_once(*batch.floats), expected, 0 if moves else 1e-12)


@quiet
@pytest.mark.unwitnessed("every walk is compared with that of a loop")
@some(8)
def test_gradients(case: Case, rng):
    for size in (3, 1):
        for batch in filter(differentiable, batches(case, size, rng)):
            v = rng.standard_normal(np.shape(batch.one_by_one(*batch.floats)))
            found, expected = (vjp(f, batch.floats, v) for f in (batch.at_once, batch.one_by_one))
            for one, other in zip(found, expected, strict=True):
                close(one, other, 1e-10)


@quiet
@pytest.mark.unwitnessed("every walk is compared with that of a loop")
@some(4)
def test_second_order(case: Case, rng):
    for batch in filter(differentiable, batches(case, 3, rng)):
        v = rng.standard_normal(np.shape(batch.one_by_one(*batch.floats)))
        ws = [rng.standard_normal(x.shape) for x in batch.floats]
        found, expected = (second(f, batch.floats, v, ws) for f in (batch.at_once, batch.one_by_one))
        for one, other in zip(found, expected, strict=True):
            close(one, other, 1e-9)


@quiet
@pytest.mark.parametrize("case", [pytest.param(c, id=c.label) for c in CASES if c.primitive.name not in WITHOUT])
def test_no_element(case: Case, rng):
    for batch in batches(case, 0, rng):
        expected = np.asarray(case.primitive(*case.operands, **case.params))
        result = batch.at_once(*batch.floats)
        assert result.shape == (0, *expected.shape)
        assert result.dtype == expected.dtype
        if differentiable(batch):
            for gradient in vjp(batch.at_once, batch.floats, np.zeros(result.shape)):
                np.testing.assert_array_equal(gradient, np.zeros_like(gradient))


@quiet
@pytest.mark.parametrize("case", one_of_each())
def test_on_a_device(case: Case, rng, device):
    for batch in batches(case, 3, rng):
        expected, there = batch.at_once(*batch.floats), batch.on(device)
        close(there.at_once(*map(device.asarray, batch.floats)), expected)
        if differentiable(batch):
            v = rng.standard_normal(expected.shape)
            found = vjp(there.at_once, batch.floats, v, device)
            for one, other in zip(found, vjp(batch.at_once, batch.floats, v), strict=True):
                close(one, other)


@quiet
@pytest.mark.parametrize("case", one_of_each())
def test_single_precision_stays(case: Case, rng):
    for batch in batches(case, 3, rng):
        floats = [x.astype("float32") for x in batch.floats]
        close(batch.at_once(*floats), batch.one_by_one(*floats), 1e-4)


@quiet
@pytest.mark.parametrize("case", [each for each in one_of_each() if each.id not in WITHOUT])
def test_as_many_records_for_any_number_of_elements(case: Case, rng):
    for few, many in zip(batches(case, 2, rng), batches(case, 3, rng), strict=True):
        counts = []
        for batch in (few, many):
            with mg.Tape() as tape:
                batch.at_once(*map(mg.parameter, batch.floats))
            counts.append([record.op for record in tape])
        assert counts[0] == counts[1]


# -- primitives of one's own -----------------------------------------------------------------------


def polar(rule: Any = None, **options: Any) -> Primitive:
    """``r * cos(angle) ** n`` summed over the last axis."""
    made: Primitive = mg.primitive(
        lambda xp, r, angle, *, n=2: (r * xp.cos(angle) ** n).sum(axis=-1), name="polar", public=False, **options
    )
    made.defvjp(
        lambda g, angle, n: g[..., None] * mg.cos(angle) ** n,
        lambda g, r, angle, n: -g[..., None] * r * n * mg.cos(angle) ** (n - 1) * mg.sin(angle),
    )
    if rule is not None:
        made.defbatch(rule)
    return made


@pytest.fixture(autouse=True)
def _same_primitives():
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def spread(batched: Sequence[bool], r: Any, angle: Any, *, n: float) -> Any:
    size = (angle if batched[1] else r).shape[0]
    shape = (size, *(angle.shape[1:] if batched[1] else angle.shape))
    return REGISTRY["polar"](mg.broadcast_to(r, shape=shape), mg.broadcast_to(angle, shape=shape), n=n)


@pytest.mark.parametrize("rule", [None, spread])
@pytest.mark.parametrize("params", [{}, {"n": 3}])
def test_a_primitive_of_ones_own(rule, params, rng):
    case = Case("polar", polar(rule), (real((4,)), real((4,), 1)), params)
    test_values(case, rng)
    test_gradients(case, rng)
    test_second_order(case, rng)


def test_without_a_rule_each_element_is_a_call():
    case = Case("polar", polar(), (real((4,)), real((4,), 1)), {})
    batch = Batch.of(case, 3, (True, False), np.random.default_rng(0))
    with mg.Tape() as tape:
        batch.at_once(*map(mg.parameter, batch.floats))
    assert [record.op for record in tape].count("polar") == 3


def test_without_a_rule_and_without_an_element_there_is_no_shape():
    case = Case("polar", polar(), (real((4,)), real((4,), 1)), {})
    batch = Batch.of(case, 0, (True, False), np.random.default_rng(0))
    with pytest.raises(mg.errors.ArgumentError, match=r"polar has no batching rule.*polar\.defbatch"):
        batch.at_once(*batch.floats)


@pytest.mark.parametrize("rule", [lambda batched, r: r, lambda batched, r, angle: r, lambda r, angle, *, n: r])
def test_a_rule_that_cannot_be_called_is_refused(rule):
    with pytest.raises(mg.errors.RuleError, match=r"polar\.defbatch.*rule\(batched, \*operands, n=\)"):
        polar(rule)


@pytest.mark.parametrize(
    ("returned", "said"), [(np.zeros((4, 3)), r"shape \(4, 3\)"), (np.zeros(()), r"shape \(\)"), (None, "None")]
)
def test_a_rule_that_returns_something_else_is_refused(returned, said):
    primitive = polar(lambda batched, r, angle, n: returned)
    with pytest.raises(mg.errors.RuleError, match=f"polar returned .*{said}.*leading axis of 3"):
        batched_call(primitive, 3, (real((3, 4)), real((4,))), (True, False), {})


def test_an_operand_without_the_elements_is_refused():
    with pytest.raises(mg.errors.ShapeError, match=r"polar: an operand of shape \(2, 4\) has no 3 elements"):
        batched_call(polar(), 3, (real((3, 4)), real((2, 4))), (True, True), {})


def test_an_elementwise_primitive_needs_no_rule(rng):
    scaled = mg.primitive(lambda xp, x, y: x * y * y, name="scaled", public=False, elementwise=True)
    scaled.defvjp(lambda g, y: g * y * y, lambda g, x, y: 2 * g * x * y)
    for shapes in PAIRS:
        case = Case("scaled", scaled, tuple(real(shape, k) for k, shape in enumerate(shapes)), {})
        test_values(case, rng)
        test_gradients(case, rng)
        test_second_order(case, rng)
        test_no_element(case, rng)


def test_an_index_outside_of_its_own_table_is_refused():
    tables, index = real((3, 4, 2)), np.array([[0], [4], [0]])
    with pytest.raises(IndexError, match="4"):
        batched_call(REGISTRY["take_rows"], 3, (tables, index), (True, True), {})
    with pytest.raises(IndexError, match="4"):
        batched_call(REGISTRY["take_rows"], 3, (tables, index[1]), (True, False), {})
