"""Numbers and shapes in the formulas of rules: each against what the walk computed and what a small change does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from math import prod
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.player.formulas import formula
from minigrad.draw.player.frames import Frame, Handed
from minigrad.draw.player.grammar import parsed
from minigrad.draw.player.substitution import UnknownError, value, with_numbers, with_shapes
from minigrad.engine.primitive import REGISTRY
from tests.draw.programs import OPTIONS, PROGRAMS
from tests.draw.tapes import KINDS, scalars

ALL = {**PROGRAMS, **KINDS}
NUMBER = r"\(?−?(?:\d[\d.]*(?:e-?\d+)?)\)?"


def pulls(source: Any) -> list[Frame]:
    return [frame for frame in draw(source)._story().frames if frame.kind == "pull"]


def said(numbers: str) -> list[str]:
    """What stands between the signs of equality, from left to right."""
    return re.split(r" ?[=≈] ", numbers)[1:]


def read(text: str) -> float:
    """A product or a quotient of numbers, or a sum of two."""
    words = text.replace("(", "").replace(")", "").replace("−", "-").replace("∞", "inf").split(" ")
    found = float(words[0])
    for sign, word in zip(words[1::2], words[2::2], strict=True):
        each = float(word)
        found = {"·": found * each, "/": found / each if each else np.nan, "+": found + each, "-": found - each}[sign]
    return found


# -- one expression --------------------------------------------------------------------------------


def test_the_example_of_a_power() -> None:
    x, y = mg.parameter(2.0, name="x"), mg.parameter(3.0, name="y")
    with mg.Tape(inspect=True) as tape:
        out = (x**y) * 2.0
        tape.backward(out)
    rules = pulls(tape)[-1].rules
    assert (rules[0].formula, rules[0].numbers) == ("ḡ · y · x^(y − 1)", "= 2 · 3 · 4 = 24")
    assert float(x.grad) == 24.0
    assert rules[1].numbers == "≈ 2 · 8 · 0.693 ≈ 11.1"


def test_several_uses_add_up_and_say_so() -> None:
    x = mg.parameter(3.0, name="x")
    with mg.Tape(inspect=True) as tape:
        tape.backward(x * x + 4.0 * x)
    by_title = {frame.title.partition(" = ")[2]: frame.rules for frame in pulls(tape)}
    assert [rule.numbers for rule in by_title["multiply(x, x)"]] == ["= 1 · 3 = 3, 3 + … = 10"] * 2
    assert [rule.numbers for rule in by_title["multiply(4, x)"]][1] == "= 1 · 4 = 4, 4 + … = 10"
    assert float(x.grad) == 10.0


def test_negative_numbers_stand_in_brackets() -> None:
    x, y = mg.parameter(-2.0, name="x"), mg.parameter(-3.0, name="y")
    with mg.Tape(inspect=True) as tape:
        tape.backward(-(x * y))
    assert [rule.numbers for rule in pulls(tape)[-1].rules] == ["= −1 · (−3) = 3", "= −1 · (−2) = 2"]


def test_a_seed_counts_among_what_is_received() -> None:
    x = mg.parameter(3.0, name="x")
    with mg.Tape(inspect=True) as tape:
        y = x * 2.0
        z = y * 5.0
        tape.backward([y, z])
    first = pulls(tape)[0]
    assert first.rules[0].numbers == "= 1 · 5 = 5, 5 + … = 6"


def test_a_hook_that_changes_the_cotangent_is_not_explained_away() -> None:
    x = mg.parameter(3.0, name="x")
    with mg.Tape(inspect=True) as tape:
        y = x * 2.0
        tape.backward(y * 5.0)
    walked = tape.walks[0]
    assert pulls(tape)[0].rules[0].numbers == "= 1 · 5 = 5"
    walked.cotangents[tape.records[0].out] = np.array(7.0)  # as if something had replaced what arrived
    assert pulls(tape)[0].rules[0].numbers == ""


def test_a_value_that_is_not_known_is_not_said() -> None:
    x = mg.parameter(3.0, name="x")
    with mg.Tape(inspect=True) as tape:
        tape.backward(x * x)
    tape.values.clear()
    assert [rule.numbers for rule in pulls(tape)[0].rules] == ["", ""]
    with mg.Tape() as tape:
        tape.backward(x * x)
    assert [rule.numbers for rule in pulls(tape)[0].rules] == ["", ""]


def test_shapes_of_arrays() -> None:
    x, w = mg.parameter(np.ones((8, 5)), name="x"), mg.parameter(np.ones((5, 16)), name="w")
    b = mg.parameter(np.ones(16), name="b")
    with mg.Tape(inspect=True) as tape:
        tape.backward((x @ w + b).sum())
    rules = {frame.title.partition(" = ")[2]: frame.rules for frame in pulls(tape)}
    assert [(rule.formula, rule.numbers) for rule in rules["matmul(x, w)"]] == [
        ("ḡ @ yᵀ", "(8, 16) @ (16, 5) → (8, 5)"),
        ("xᵀ @ ḡ", "(5, 8) @ (8, 16) → (5, 16)"),
    ]
    (add,) = (each for title, each in rules.items() if title.startswith("add"))
    assert add[1].numbers == "(8, 16), summed → (16,)"
    (total,) = (each for title, each in rules.items() if title.startswith("sum"))
    assert total[0].numbers == "1 → (8, 16)"


# -- all programs ----------------------------------------------------------------------------------


@cache
def handed(name: str) -> list[tuple[Any, int, Any, Any, int, Handed]]:
    """(tape, walk, record, operands' values, place, what is said) of each formula of scalars."""
    drawing = draw(ALL[name](), **OPTIONS.get(name, {}))
    tape = drawing.graph.tape
    records = {record.out: record for past in tape.history for record in past.records}
    records |= {record.out: record for record in tape.records}
    ids = {k: int(row.cells[0][1:]) for k, row in enumerate(drawing._story().rows) if row.kind == "record"}
    found = []
    for frame in drawing._story().frames:
        if frame.kind == "pull":
            record = records[ids[frame.row]]
            operands = [
                tape.values.get(i) if i is not None else tape.constants.get((record.out, place))
                for place, i in enumerate(record.inputs)
            ]
            for place, rule in enumerate(frame.rules):
                if rule.formula and rule.numbers and "→" not in rule.numbers:
                    found.append((tape, frame.walk, record, operands, place, rule))
    return found


@pytest.mark.parametrize("name", ALL)
def test_numbers_are_those_of_the_walk_and_of_a_small_change(name: str) -> None:
    for tape, walk, record, operands, place, rule in handed(name):
        cotangents = tape.walks[walk - 1].cotangents
        g = float(cotangents[record.out])
        parts = said(rule.numbers.partition(",")[0])
        result = read(parts[-1])
        if len(parts) > 1:
            assert read(parts[0]) == pytest.approx(result, rel=0.03, abs=1e-12), rule
        assert slope(record, operands, place) * g == pytest.approx(result, rel=0.01, abs=1e-7), rule
        total = said(rule.numbers)[-1] if "…" in rule.numbers else parts[-1]
        assert read(total) == pytest.approx(float(cotangents[record.inputs[place]]), rel=0.006), rule


def slope(record: Any, operands: list[Any], place: int) -> float:
    """What a small change of one operand does to a result, by its size."""
    values = [float(each) for each in operands]
    step = 1e-6 * max(abs(values[place]), 1e-3)

    def at(change: float) -> float:
        moved = [each + change * (k == place) for k, each in enumerate(values)]
        return float(record.plan.primitive(*map(np.float64, moved), **record.params))

    return (at(step) - at(-step)) / (2 * step)


def test_nearly_all_scalars_have_their_numbers() -> None:
    """Else the tests above would hold of nothing."""
    count = Counter(name for name in ALL for _ in handed(name))
    assert count["plain"] > 10
    assert sum(count.values()) > 500
    for frame in pulls(scalars()):
        assert all(rule.numbers for rule in frame.rules if rule.formula)


@pytest.mark.parametrize("name", ["two windows", "lstm", "attention"])
def test_every_array_says_the_shape_that_it_receives(name: str) -> None:
    drawing = draw(ALL[name]())
    tape = drawing.graph.tape
    shapes = {i: np.shape(array) for i, array in tape.values.items()}
    records = {record.out: record for past in tape.history for record in past.records}
    records |= {record.out: record for record in tape.records}
    rows = drawing._story().rows
    for frame in drawing._story().frames:
        if frame.kind != "pull":
            continue
        record = records[int(rows[frame.row].cells[0][1:])]
        for i, rule in zip(record.inputs, frame.rules, strict=True):
            if rule.formula and "→" in rule.numbers:
                assert rule.numbers.rpartition(" → ")[2] == str(shapes[i])


# -- the grammar -----------------------------------------------------------------------------------

OPERANDS = {"x": 0.7, "y": 0.4, "low": -0.5, "high": 0.9}
SCALAR = [
    *("add", "subtract", "multiply", "divide", "remainder", "fmod", "power", "negative", "reciprocal", "square"),
    *("hypot", "exp", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "sqrt", "cbrt", "sinh", "cosh", "tanh"),
    *("arcsinh", "arctanh", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "erf", "erfc"),
    *("sigmoid", "log_sigmoid", "softplus", "silu", "relu", "leaky_relu", "elu", "gelu", "abs", "clip"),
]


@pytest.mark.parametrize("name", SCALAR)
def test_formulas_of_scalars_are_understood_and_give_what_the_rule_gives(name: str) -> None:
    primitive = REGISTRY[name]
    leaves = [mg.parameter(OPERANDS[operand]) for operand in primitive.operands]
    with mg.Tape() as tape:
        out = primitive(*leaves)
        gradients = [float(each.numpy()) for each in tape.gradient(out, leaves, 1.5)]
    names = {"ḡ": 1.5, "out": float(out.numpy()), **OPERANDS}
    for place, gradient in enumerate(gradients):
        tree = parsed(formula(primitive, place, [()] * len(leaves), primitive.defaults, ()))
        assert tree is not None
        assert value(tree, names) == pytest.approx(gradient, rel=1e-12, abs=1e-15)
        assert read(said(with_numbers(tree, names))[-1]) == pytest.approx(gradient, rel=0.006)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "ḡ ·",
            "· ḡ",
            "(ḡ",
            "ḡ)",
            "ḡ where x",
            "ḡ where x > y, half of it where equal, else 0",
            "__import__('os')",
        ),
        *("ḡ; x", "x.y", "zeros, with ḡ added at the index", "ḡ[0]", "lambda: 0", "ḡ, repeated over the rest", "x y"),
        *("ḡ, summed to shape (x)", "ḡ where x and y or x, else 0", "ḡ = 2"),
    ],
)
def test_what_is_no_formula_is_not_understood(text: str) -> None:
    assert parsed(text) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [("ḡ / x", {"ḡ": 1.0, "x": 0.0}), ("log(x)", {"x": -1.0}), ("x^y", {"x": -2.0, "y": 0.5}), ("x", {}),
     ("exp(x)", {"x": 1e4}), ("open(x)", {"x": 1.0}), ("x @ y", {"x": 1.0, "y": 1.0})],
)  # fmt: skip
def test_what_has_no_value_says_nothing(text: str, names: dict[str, float]) -> None:
    tree = parsed(text)
    assert tree is not None
    with pytest.raises(UnknownError):
        value(tree, names)


MATRICES: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("x @ y", lambda x, y: x @ y), ("xᵀ @ y", lambda x, y: x.mT @ y), ("x · y", lambda x, y: x * y),
    ("x[…, None] · y", lambda x, y: x[..., None] * y), ("x[:, None] · y", lambda x, y: x[:, None] * y),
    ("x · (1 − y²) / 2", lambda x, y: x * (1 - y**2) / 2), ("x @ yᵀ @ x", lambda x, y: x @ y.mT @ x),
]  # fmt: skip
SHAPES = [(), (2,), (3,), (2, 3), (3, 2), (1, 3), (4, 2, 3), (4, 3, 2)]


@pytest.mark.parametrize(("text", "meaning"), MATRICES)
def test_shapes_are_those_of_numpy_or_are_not_said(text: str, meaning: Callable[[Any, Any], Any]) -> None:
    tree = parsed(text)
    assert tree is not None
    told = 0
    for a in SHAPES:
        for b in SHAPES:
            try:
                found = np.shape(meaning(np.ones(a), np.ones(b)))
            except (ValueError, IndexError):
                for result in SHAPES:
                    with pytest.raises(UnknownError):
                        with_shapes(tree, {"x": a, "y": b}, {}, result)
                continue
            try:
                words = with_shapes(tree, {"x": a, "y": b}, {}, found)
            except UnknownError:
                continue
            assert words.endswith(f"→ {found}")
            told += 1
            with pytest.raises(UnknownError):
                with_shapes(tree, {"x": a, "y": b}, {}, (prod(found) + 5,))
    assert told > 2
