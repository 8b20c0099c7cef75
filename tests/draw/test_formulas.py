"""Words and formulas for the rule of every primitive, and the formulas against the rules themselves."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw.player.formulas import formula, rule_in_words, summary
from minigrad.draw.player.rules import RULES
from minigrad.engine.primitive import REGISTRY
from minigrad.primitives.moving import Hole

X, Y = np.linspace(0.3, 1.7, 6).reshape(2, 3), np.linspace(1.2, 0.4, 6).reshape(2, 3)
A, B = np.linspace(-1, 1, 6).reshape(2, 3), np.linspace(2, -1, 12).reshape(3, 4)
UNIT = np.linspace(-0.8, 0.9, 6).reshape(2, 3)
SQUARE = np.array([[3.0, 0.5, -0.2], [0.4, 2.0, 0.3], [0.1, -0.6, 1.5]])
VECTOR, CLASSES = np.array([0.5, -1.0, 2.0]), np.array([2, 0])
ROWS = (slice(None), np.array([2, 0]))
PICKED = np.array([[1, 0]])  # rows, as an operand

Case = tuple[str, tuple[Any, ...], dict[str, Any]]

# operands and parameters for every rule
CASES: list[Case] = [
    *((name, (X, Y), {}) for name in ("add", "subtract", "multiply", "divide", "power", "hypot", "logaddexp")),
    *((name, (X, Y), {}) for name in ("remainder", "fmod", "floor_divide", "arctan2", "maximum", "minimum")),
    *((name, (X, Y), {}) for name in ("logaddexp2", "gap", "cosine", "ratio")),
    *(("power_log", (X, Y), {"times": times}) for times in (1, 2)),
    *((name, (UNIT,), {}) for name in ("leg", "tanh_slope", "bell")),
    ("add", (X, Y[0]), {}),
    *((name, (X,), {}) for name in ("negative", "identity", "reciprocal", "square", "sqrt", "cbrt")),
    *((name, (X,), {}) for name in ("exp", "exp2", "expm1", "log", "log1p", "log2", "log10")),
    *((name, (A,), {}) for name in ("sinh", "cosh", "tanh", "arcsinh", "sin", "cos", "tan", "arctan", "erf", "erfc")),
    ("arccosh", (X + 1,), {}),
    *((name, (UNIT,), {}) for name in ("arctanh", "arcsin", "arccos")),
    *((name, (A,), {}) for name in ("sigmoid", "log_sigmoid", "softplus", "silu", "relu", "elu", "leaky_relu")),
    *(("gelu", (A,), {"approximate": approximate}) for approximate in (False, True)),
    ("leaky_relu", (A,), {"slope": 0.25}),
    ("elu", (A,), {"alpha": 1.5}),
    *((name, (A,), {}) for name in ("abs", "sign", "floor", "ceil", "round", "trunc", "zero")),
    ("clip", (A, np.full((2, 3), -0.5), np.full((2, 3), 0.7)), {}),
    ("clip", (A, np.full((2, 3), 0.7), np.full((2, 3), -0.5)), {}),
    ("where", (A > 0, X, Y), {}),
    ("astype", (X,), {"dtype": np.float64}),
    *((name, (A,), {}) for name in ("sum", "mean", "std", "max", "min", "logsumexp", "softmax", "log_softmax")),
    ("shares", (A,), {"axis": -1}),
    *((name, (A,), {}) for name in ("var", "deviation")),
    ("direction", (A,), {"axis": -1}),
    *(("var", (A,), {"ddof": 1}), ("std", (A,), {"ddof": 1})),
    *(("norm", (A,), {"ord": order, "axis": None, "keepdims": False}) for order in (1, 2, 3)),
    ("prod", (X,), {}),
    *(("cumsum", (X,), {"axis": 1}), ("cumprod", (X,), {"axis": 1})),
    *(("reshape", (X,), {"shape": (3, 2)}), ("expand_dims", (X,), {"axis": 0}), ("squeeze", (X[:1],), {"axis": 0})),
    *(("transpose", (X,), {}), ("swapaxes", (X,), {"axis1": 0, "axis2": 1}), ("flip", (X,), {})),
    *(("roll", (X,), {"shift": 1}), ("pad", (X,), {"widths": ((1, 0), (0, 2)), "constant_values": 0.0})),
    *(("tile", (X,), {"reps": 2}), ("repeat", (X,), {"count": 2, "axis": 0})),
    ("broadcast_to", (X,), {"shape": (4, 2, 3)}),
    *((name, (X, Y), {"axis": 0}) for name in ("concatenate", "stack")),
    *(("diagonal", (SQUARE,), {}), ("tril", (SQUARE,), {}), ("triu", (SQUARE,), {"k": 1})),
    ("from_diagonal", (VECTOR,), {"shape": (3, 3), "offset": 0, "axis1": 0, "axis2": 1}),
    *(("getitem", (X,), {"index": ROWS}), ("take_rows", (SQUARE, CLASSES), {})),
    ("scatter", (X[:, :2],), {"index": ROWS, "shape": (2, 3)}),
    *((name, (X, Y[:, :2]), {"index": ROWS}) for name in ("at_set", "at_add")),
    ("pick", (X, PICKED), {"pattern": (Hole(0),)}),
    ("place", (X, PICKED), {"pattern": (Hole(0),), "shape": (3, 3)}),
    *((name, (X, Y, PICKED), {"pattern": (Hole(0),)}) for name in ("set_moving", "add_moving")),
    *(("matmul", operands, {}) for operands in ((A, B), (A, B[:, 0]), (A[0], B), (A[0], B[:, 0]))),
    *(("linear", (x, B, VECTOR[[0, 1, 2, 0]]), {}) for x in (A, A[0], np.stack([A, X]))),
    ("einsum", (A, B), {"subscripts": "ij,jk->ki"}),
    *(("pinv", (x,), {"rcond": None}) for x in (SQUARE, SQUARE[:, [0, 1, 0]])),
    *(("svd", (SQUARE,), {}), ("eigh", (SQUARE,), {})),
    *((name, (SQUARE, REGISTRY[of](SQUARE)), {}) for name, of in (("eigenvalues", "eigh"), ("singular_values", "svd"))),
    ("singular_vectors", (SQUARE, REGISTRY["svd"](SQUARE)), {"only": slice(2)}),
    ("eigenvectors", (SQUARE, REGISTRY["eigh"](SQUARE)), {"only": slice(1, None)}),
    *((name, (SQUARE,), {}) for name in ("inv", "det", "cofactors", "sign_of_det", "log_of_det")),
    ("solve", (SQUARE, SQUARE[:, :2]), {}),
    ("cofactors_along", (SQUARE, SQUARE.T), {}),
    ("cofactors_along_both", (SQUARE, SQUARE.T, SQUARE[::-1]), {}),
    ("cholesky", (SQUARE @ SQUARE.T,), {}),
    *(("cross_entropy", (A, CLASSES), {"reduction": reduction}) for reduction in ("mean", "sum", "none")),
    ("soft_cross_entropy", (A, np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])), {}),
]  # fmt: skip
IDS = [f"{k}-{case[0]}" for k, case in enumerate(CASES)]
RULED = sorted(
    name for name, primitive in REGISTRY.items() if any(primitive.rules) and "minigrad" in primitive.__module__
)

# What can only be said in words, and is checked by reading the rule.
IN_WORDS = {
    *("maximum", "minimum", "max", "min", "prod", "cumsum", "cumprod"),
    *("broadcast_to", "tile", "repeat", "reshape", "expand_dims", "squeeze", "transpose", "swapaxes", "flip", "roll"),
    *("pad", "concatenate", "stack", "diagonal", "from_diagonal", "getitem", "take_rows", "scatter", "at_set"),
    *("pick", "place", "set_moving", "add_moving"),
    *("at_add", "cholesky", "svd", "eigh", "eigenvalues", "eigenvectors", "singular_values", "singular_vectors",
    "cofactors_along", "cofactors_along_both"),
}  # fmt: skip

SIGNS = {"ḡ": "g", "·": "*", "−": "-", "²": "**2", "³": "**3", "^": "**", "ᵀ": ".mT", "…": "...", "≠": "!=", "≤": "<="}
SCOPE: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("exp", "log", "sign", "sin", "cos", "sinh", "cosh", "tanh")},
    **{name: getattr(np, name) for name in ("floor", "trunc", "sqrt", "pi", "mean", "einsum", "tril", "triu", "abs")},
    **{name: getattr(mg, name) for name in ("softmax", "log_softmax", "sigmoid", "erf")},
    **{name: getattr(np.linalg, name) for name in ("inv", "det", "solve")},
    "cofactors": lambda x: np.linalg.det(x) * np.linalg.inv(x).T,
    "total": lambda x: x.sum(axis=-1, keepdims=True),
    "whole": lambda x: x.sum(),
    "one_hot": lambda index: np.eye(3)[index],
    "I": np.eye(3),
    "None": None,
}


def calculated(text: str, names: dict[str, Any]) -> Any:
    """The value of a formula, read as mathematics."""
    text = text.removesuffix(", repeated over the summed axes").removesuffix(", repeated over the averaged axes")
    choice = re.fullmatch(r"(.+) where (.+), else (.+)", text)
    if choice:
        chosen, condition, other = choice.groups()
        joined = np.logical_or if " or " in condition else np.logical_and
        holds = functools.reduce(joined, [calculated(each, names) for each in re.split(" and | or ", condition)])
        return np.where(holds, calculated(chosen, names), calculated(other, names))
    broadcast = re.fullmatch(r"(.+), summed to shape \((.+)\)", text)
    if broadcast:
        value, shape = calculated(broadcast[1], names), [int(size) for size in broadcast[2].split(",") if size]
        return value.sum(axis=tuple(range(value.ndim - len(shape)))).reshape(shape)
    text, *definitions = re.split(r", (?=\w = )", text)
    for definition in definitions:
        name, _, meaning = definition.partition(" = ")
        names = {**names, name: calculated(meaning, names)}
    for sign, python in SIGNS.items():
        text = text.replace(sign, python)
    text = re.sub(r"√(\w+)", r"sqrt(\1)", text).replace("√", "sqrt").replace("π", "pi")
    text = re.sub(r"\|(\w+)\|", r"abs(\1)", text).replace("Σ", "whole" if "det(x)" in text else "total")
    return eval(text, {"__builtins__": {}}, {**SCOPE, **names})


def test_every_rule_has_a_case_and_an_entry() -> None:
    assert sorted({name for name, _, _ in CASES}) == RULED
    assert sorted(RULES) == RULED


@pytest.mark.parametrize(("name", "operands", "params"), CASES, ids=IDS)
def test_every_rule_is_told_in_words_and_as_a_formula(
    name: str, operands: tuple[Any, ...], params: dict[str, Any]
) -> None:
    primitive = REGISTRY[name]
    assert rule_in_words(primitive).endswith(".")
    assert summary(primitive).endswith(".")
    out = primitive(*operands, **params)
    settings = {**primitive.defaults, **params}
    for position in range(len(operands)):
        text = formula(primitive, position, [x.shape for x in operands], settings, np.shape(out))
        rule = primitive.rules[0 if primitive.variadic else position]
        assert bool(text) == (rule is not None)
        assert not re.search(r"rule\(|[{}]", text)
        assert set(re.findall(r"\b(?:x|y|low|high|logits|targets)\b", text)) <= {*primitive.operands}


@pytest.mark.parametrize(("name", "operands", "params"), [case for case in CASES if case[0] not in IN_WORDS])
def test_a_formula_gives_what_the_rule_gives(name: str, operands: tuple[Any, ...], params: dict[str, Any]) -> None:
    primitive = REGISTRY[name]
    leaves = [mg.parameter(x) if np.asarray(x).dtype.kind == "f" else mg.tensor(x) for x in operands]
    with mg.Tape() as tape:
        out = primitive(*leaves, **params)
        g = np.cos(np.arange(out.size)).reshape(out.shape) + 0.3
        sources = [leaf for leaf in leaves if leaf.wants_grad]
        gradients = iter(tape.gradient(out, sources, g))
    names = {**dict(zip(primitive.operands, operands)), "out": out.numpy(), "g": g}
    settings = {**primitive.defaults, **params}
    for position, leaf in enumerate(leaves):
        if not leaf.wants_grad:
            continue
        text = formula(primitive, position, [x.shape for x in operands], settings, out.shape)
        value, gradient = calculated(text, names), next(gradients).numpy()
        np.testing.assert_allclose(np.broadcast_to(value, gradient.shape), gradient, rtol=1e-10, atol=1e-12)


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
        assert rule_in_words(tanh) == ""
        assert summary(tanh) == "A scaled tanh."
    finally:
        REGISTRY.clear()
        REGISTRY.update(before)
    assert formula(mg.tanh, 0, [(2,)], {}, (2,)) == "ḡ · (1 − out²)"
    assert formula(mg.equal, 0, [(2,), (2,)], {}, (2,)) == ""
