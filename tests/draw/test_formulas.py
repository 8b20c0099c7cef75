"""Formulas are checked against the rules that they describe."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw.formulas import FORMULAS, SPECIAL, formula, listed, summary
from minigrad.primitive import REGISTRY

# (operands, parameters, shapes) for each formula that can be calculated as it stands
X, Y = np.linspace(0.3, 1.7, 6).reshape(2, 3), np.linspace(1.2, 0.4, 6).reshape(2, 3)
A, B = np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(2, -1, 12).reshape(3, 4)
CASES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    *((name, (X, Y), {}) for name in ("add", "subtract", "multiply", "divide", "power")),
    *(
        (name, (X,), {})
        for name in ("negative", "identity", "exp", "log", "sqrt", "square", "tanh", "sigmoid", "sin", "cos")
    ),
    *((name, (A,), {}) for name in ("relu", "abs", "sign", "softmax", "log_softmax", "logsumexp")),
    ("astype", (X,), {"dtype": np.float64}),
    ("mean", (X,), {}),
    ("matmul", (A, B), {}),
    ("matmul", (A, B[:, 0]), {}),
    ("matmul", (A[0], B), {}),
    ("matmul", (A[0], B[:, 0]), {}),
    *(("cross_entropy", (A, np.array([2, 0])), {"reduction": reduction}) for reduction in ("mean", "sum")),
]


def calculated(text: str, names: dict[str, Any]) -> Any:
    """The value of a formula, read as mathematics."""
    text = text.partition(", ")[0] if "[" not in text else text
    text = re.sub(r"ḡ where out ≠ 0, else 0", "ḡ · (out ≠ 0)", text)
    for sign, python in (("ḡ", "g"), ("·", "*"), ("−", "-"), ("²", "**2"), ("^", "**"), ("ᵀ", ".T"), ("…", "...")):
        text = text.replace(sign, python)
    scope = {
        **names,
        **{name: getattr(np, name) for name in ("exp", "log", "sign", "sin", "cos")},
        "None": None,
        "Σ": lambda x: x.sum(axis=-1, keepdims=True),
        "softmax": mg.softmax,
        "one_hot": lambda index: np.eye(3)[index],
    }
    return eval(text, {"__builtins__": {}}, scope)


@pytest.mark.parametrize(("name", "operands", "params"), CASES, ids=[f"{k}-{case[0]}" for k, case in enumerate(CASES)])
def test_a_formula_gives_what_the_rule_gives(name: str, operands: tuple[Any, ...], params: dict[str, Any]) -> None:
    if name not in REGISTRY:
        pytest.skip(f"there is no {name}")
    primitive = REGISTRY[name]
    with mg.Tape() as tape:
        leaves = [mg.parameter(x) if x.dtype.kind == "f" else mg.tensor(x) for x in operands]
        out = primitive(*leaves, **params)
        g = np.cos(np.arange(out.size)).reshape(out.shape) + 0.3
        sources = [leaf for leaf in leaves if leaf.wants_grad]
        gradients = tape.gradient(out, sources, g)
    names = {**dict(zip(primitive.operands, operands)), "out": out.numpy(), "g": g}
    settings = {**primitive.defaults, **params}
    checked = 0
    for position, gradient in enumerate(gradients):
        text = formula(primitive, position, [x.shape for x in operands], settings, out.shape)
        if name == "relu":
            assert text == "ḡ where out ≠ 0, else 0"
            text = "ḡ · (out > 0)"
        if name == "matmul" and len(operands[1].shape) == 1 and position == 0 and operands[0].ndim == 1:
            assert text == "ḡ · y"
        value = calculated(text, names)
        np.testing.assert_allclose(np.broadcast_to(value, gradient.shape), gradient.numpy(), rtol=1e-12, atol=1e-15)
        checked += 1
    assert checked == len(sources) > 0


def test_every_formula_without_words_is_checked() -> None:
    wordy = re.compile(r"where|over|shape|axes|axis|part|slice|zeros|index")
    plain = {name for name, texts in FORMULAS.items() if not any(wordy.search(text) for text in texts)} | {*SPECIAL}
    assert plain <= {name for name, _, _ in CASES}


@pytest.mark.parametrize("name", listed())
def test_a_formula_for_each_rule(name: str) -> None:
    primitive = REGISTRY[name]
    known = FORMULAS.get(name)
    if known is not None:
        assert len(known) == len(primitive.rules)
        assert [bool(text) for text in known] == [rule is not None for rule in primitive.rules]
    for text in known or ():
        assert set(re.findall(r"\b(?:x|y|out)\b", text)) <= {*primitive.operands, "out"}


def test_broadcasting_is_told() -> None:
    assert formula(REGISTRY["add"], 1, [(2, 3), (3,)], {}, (2, 3)) == "ḡ, summed to shape (3,)"
    assert formula(REGISTRY["add"], 0, [(2, 3), (3,)], {}, (2, 3)) == "ḡ"


def test_a_primitive_of_the_user_is_told_by_what_its_rule_asks_for() -> None:
    before = dict(REGISTRY)
    try:

        @mg.primitive
        def tanh(xp: Any, x: Any, *, scale: float = 1.0) -> Any:
            """A scaled ``tanh``.

            More about it.
            """
            return xp.tanh(scale * x)

        tanh.defvjp(lambda g, out, scale: g * scale * (1 - out * out))
        assert formula(tanh, 0, [(2,)], {}, (2,)) == "rule(ḡ, out, scale)"
        assert summary(tanh) == "A scaled tanh."
    finally:
        REGISTRY.clear()
        REGISTRY.update(before)
    assert formula(mg.tanh, 0, [(2,)], {}, (2,)) == "ḡ · (1 − out²)"
    assert formula(mg.equal, 0, [(2,), (2,)], {}, (2,)) == ""
