"""A number leaves a tensor where the user says so, and nowhere in silence."""

from __future__ import annotations

import array
import linecache
import math
from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import MisuseError, RuleError


def assigned(y: Any, index: Any) -> Any:
    target = np.zeros(2)
    target[index] = y
    return target


def assigned_beside_float(y: Any) -> Any:
    target = np.full(2, float(1))
    target[0] = y  # no float is said
    return target


def unpacked(y: Any) -> Any:
    a, b = map(float, [y, y])
    return a + b


SAID: dict[str, Callable[[Any], Any]] = {
    "float": lambda y: float(y),
    "inside": lambda y: math.sqrt(float(y)),
    "map": lambda y: list(map(float, [y])),
    "loop": lambda y: [v for v in map(float, [y])],  # noqa: C416
    "over lines": lambda y: float(
        y
    ),
    "in the last line": lambda y: (
        float)(y),
    "unpacked": unpacked,
    "key": lambda y: sorted([y, y], key=float),
    "NumPy's": lambda y: np.float64(y),
    "%": lambda y: "%.1f" % y,  # noqa: UP031
    "format": lambda y: "{:.1f}".format(y),  # noqa: UP032
    "f-string": lambda y: f"{y:.1f}",
    "item": lambda y: math.sqrt(y.item()),
    "detach": lambda y: math.sqrt(y.detach()),
    "int": lambda y: int(y),
    "bool": lambda y: bool(y),
}  # fmt: skip
UNSAID: dict[str, Callable[[Any], Any]] = {
    "sqrt": lambda y: math.sqrt(y),
    "beside float": lambda y: float(y) + math.exp(y),
    "before float": lambda y: math.exp(y) + float(y),
    "beside float, over lines": lambda y: float(y) + math.exp(
        y
    ),
    "element beside float": assigned_beside_float,
    "passed on": lambda y: list(map(math.sqrt, [y])),
    "fsum": lambda y: math.fsum([y, y]),
    "complex": lambda y: complex(y),
    "array module": lambda y: array.array("d", [y]),
    "element": lambda y: assigned(y, 0),
    "slice": lambda y: assigned(y, slice(None)),
    "fill": lambda y: np.zeros(2).fill(y),
    "full": lambda y: np.full(3, y),
    "NumPy": lambda y: np.array([y, y]),
}  # fmt: skip


@pytest.mark.parametrize("kind", [*SAID, *UNSAID])
def test_a_number_leaves_a_tape_by_name_only(kind: str) -> None:
    p = mg.parameter(2.0)
    with mg.Tape():
        for y in (p, p * 1.0):
            if kind in SAID:
                SAID[kind](y)
            else:
                with pytest.raises((TypeError, ValueError)) as caught:
                    UNSAID[kind](y)
                errors = [caught.value, caught.value.__cause__, caught.value.__context__]
                assert any(isinstance(each, MisuseError) and "gradient would be lost" in str(each) for each in errors)
    if kind not in ("full", "NumPy", "slice"):  # which a parameter refuses anywhere
        {**SAID, **UNSAID}[kind](p)
    {**SAID, **UNSAID}[kind](mg.tensor(2.0))


def without_positions(code: CodeType) -> CodeType:
    """Code that says of no instruction from which line it is."""
    count = len(code.co_code) // 2
    return code.replace(co_linetable=bytes([0xFF] * (count // 8) + [0xF7 + count % 8] * (count % 8 > 0)))


@pytest.mark.parametrize("changed", [CodeType.replace, without_positions])
@pytest.mark.parametrize(
    ("call", "said"),
    [("float(y)", True), ("math.sqrt(y)", False), ("complex(y)", False), ("[float(1), math.sqrt(y)]", False)],
)
def test_code_without_a_source_is_judged_by_its_names(call: str, said: bool, changed: Any) -> None:
    code = changed(compile(call, "nowhere.py", "eval"))
    with mg.Tape():
        failure = None
        try:
            eval(code, {"y": mg.parameter(2.0) * 1.0, "math": math})
        except Exception as raised:
            failure = raised.with_traceback(None)  # pytest would look for a line in it, and there is none
        assert type(failure) is (type(None) if said else MisuseError)


@pytest.mark.parametrize(
    ("file", "text"), [("<string>", "float(of_another)"), ("edited.py", "eéééééé, since it was compiled")]
)
def test_the_text_of_other_code_misleads_nobody(file: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(linecache.cache, file, (len(text), None, [text], file))  # as python -c does from 3.13 on
    with mg.Tape(), pytest.raises(MisuseError):
        eval(compile("math.sqrt(y)", file, "eval"), {"y": mg.parameter(2.0) * 1.0, "math": math})


def test_a_rule_that_leaves_its_tensor_is_refused_at_second_order() -> None:
    @mg.primitive
    def own(xp, x):
        return xp.exp(x)

    own.defvjp(lambda g, x: g * math.exp(x))
    assert mg.grad(own)(1.0).item() == math.e
    with pytest.raises(MisuseError, match="in place of Python's math"):
        mg.grad(mg.grad(own))(1.0)


@pytest.mark.parametrize("dtype", ["c16", "O"])
def test_a_rule_that_returns_no_real_numbers_is_named(dtype: str) -> None:
    @mg.primitive
    def complexity(xp, x):
        return 2 * x

    complexity.defvjp(lambda g: (2 * g).astype(dtype))
    for f in (complexity, lambda x: complexity(x * 1.0), lambda x: complexity(x) + x):
        with pytest.raises(RuleError, match=r"dtype (complex128|object) .* rule of complexity"):
            mg.vjp(lambda x, f=f: f(x), np.ones(2))[1](np.ones(2))


@pytest.mark.parametrize("view", [lambda x: x, lambda x: mg.reshape(x, (2, 2)), lambda x: x[1:], lambda x: x.T])
def test_a_value_cannot_be_made_writable(view: Any) -> None:
    p = mg.parameter(np.arange(4.0))
    with mg.Tape(inspect=True) as tape:
        y = view(mg.exp(p))
        mg.sum(y * y)
    for value in (y.value, p.value, *tape.values.values(), *(r for record in tape for r in record.residuals)):
        if not isinstance(value, np.ndarray):
            continue
        with pytest.raises(ValueError, match="read-only"):
            value[...] = 0
    for value in (y.value, p.value):
        base = value
        while base.base is not None:
            with pytest.raises(ValueError, match="WRITEABLE"):
                base.flags.writeable = True
            base = base.base
            with pytest.raises(ValueError, match="read-only"):
                base[...] = 0
