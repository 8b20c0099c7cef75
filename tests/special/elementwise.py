"""Functions of one number: what they are, and what is agreed at their kinks."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf

import minigrad as mg
from minigrad.engine.primitive import REGISTRY
from tests.special.entry import Convention, Special, special
from tests.special.points import FEW, FLOATS, INF, NUMBERS

ZERO = lambda x: x == 0
ACTIVE: dict[str, Any] = {"digits": 2 / 3, "crosses": lambda x: float(abs(x) < 3)}  # derivatives have zeros there
HALVES = [0.5, 1.5, -2.5, 2.0, 0.15, 0.25]


def agreed(says: str, *values: float, at: Any = ZERO) -> dict[str, Any]:
    """A convention at the kink, which is 0 by default: the first derivative there; higher ones are 0."""
    return {"conventions": (Convention(says, at, lambda *_: (*values, 0.0)),)}


def jumps(name: str, f: Any, exact: Any) -> Special:
    """A function that is constant between its jumps."""
    return special(name, f, exact, [*NUMBERS, *HALVES], **agreed("0 everywhere", at=lambda x: True))


def exp(x: Any) -> Any:
    """``e ** x``; where that has 40,000 digits before or behind the point, infinity or 0, to save time."""
    return mp.exp(x) if abs(x) < 1e5 else mpf(0) if x < 0 else mp.inf


def erfc(x: Any) -> Any:
    return mp.erfc(x) if abs(x) < 300 else mpf(2 * (x < 0))


def sigmoid(x: Any) -> Any:
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def softplus(x: Any) -> Any:
    return mp.log1p(exp(-abs(x))) + max(x, 0)


def _gelu_by_tanh(x: Any) -> Any:
    return x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3))


def _cbrt(x: Any) -> Any:
    return mp.sign(x) * mp.cbrt(abs(x))


BY_TANH = lambda x: mg.gelu(x, approximate=True)

ELEMENTWISE: list[Special] = [
    # arithmetic
    special("negative", mg.negative, lambda x: -x),
    special("identity", mg.identity, lambda x: x),
    special("astype", lambda x: mg.astype(x, dtype=x.dtype), lambda x: x),
    special("square", mg.square, lambda x: x * x),
    special("reciprocal", mg.reciprocal, lambda x: 1 / x),
    special("polyval", lambda x: mg.polyval([2.0, -3.0, 0.5, 1.0], x), lambda x: 2 * x**3 - 3 * x**2 + x / 2 + 1),
    # exponentials, logarithms, roots
    special("exp", mg.exp, exp),
    special("exp2", mg.exp2, lambda x: exp(x * mp.log(2))),
    special("expm1", mg.expm1, lambda x: exp(x) - 1),
    special("log", mg.log, mp.log),
    special("log1p", mg.log1p, mp.log1p, [*NUMBERS, -1 + 1e-15]),
    special("log2", mg.log2, lambda x: mp.log(x, 2)),
    special("log10", mg.log10, mp.log10),
    special("sqrt", mg.sqrt, mp.sqrt),
    special("cbrt", mg.cbrt, _cbrt),
    # hyperbolic functions
    special("sinh", mg.sinh, lambda x: (exp(x) - exp(-x)) / 2),
    special("cosh", mg.cosh, lambda x: (exp(x) + exp(-x)) / 2),
    special("tanh", mg.tanh, lambda x: 1 - 2 * sigmoid(-2 * x), **ACTIVE),
    special("arcsinh", mg.arcsinh, mp.asinh),
    special("arccosh", mg.arccosh, mp.acosh, [*NUMBERS, 1 + 1e-10]),
    special("arctanh", mg.arctanh, mp.atanh, [*NUMBERS, 1 - 1e-10]),
    # circular functions
    special("sin", mg.sin, mp.sin),
    special("cos", mg.cos, mp.cos),
    special("tan", mg.tan, mp.tan),
    special("arcsin", mg.arcsin, mp.asin),
    special("arccos", mg.arccos, mp.acos),
    special("arctan", mg.arctan, mp.atan),
    special("deg2rad", mg.deg2rad, mp.radians),
    special("rad2deg", mg.rad2deg, mp.degrees),
    special(
        "sinc",
        mg.sinc,
        mp.sincpi,
        [x for x in NUMBERS if not 1e4 < abs(x) < INF],
        crosses=lambda x: 10 / max(abs(x), 1),
    ),
    special("erf", mg.erf, lambda x: 1 - erfc(x), FEW),
    special("erfc", mg.erfc, erfc, FEW),
    # what their rules are made of
    special("bell", REGISTRY["bell"], lambda x: exp(-x * x), FEW, dtypes=FLOATS[:2]),
    special("leg", REGISTRY["leg"], lambda x: mp.sqrt(1 - x * x)),
    special(
        "tanh_slope", REGISTRY["tanh_slope"], lambda x: 4 * sigmoid(2 * x) * sigmoid(-2 * x), crosses=ACTIVE["crosses"]
    ),
    # activations
    special("sigmoid", mg.sigmoid, sigmoid, **ACTIVE),
    special("log_sigmoid", mg.log_sigmoid, lambda x: -softplus(-x), **ACTIVE),
    special("softplus", mg.softplus, softplus, **ACTIVE),
    special("silu", mg.silu, lambda x: x * sigmoid(x), **ACTIVE),
    special("gelu", mg.gelu, lambda x: x * erfc(-x / mp.sqrt(2)) / 2, FEW, **ACTIVE),
    special("gelu", BY_TANH, _gelu_by_tanh, label="approximate", dtypes=FLOATS[:2], **ACTIVE),
    special("gelu", BY_TANH, _gelu_by_tanh, label="approximate, in float16", dtypes=FLOATS[2:], orders=2, **ACTIVE),
    special("relu", mg.relu, lambda x: max(x, 0), **agreed("derivative at 0 is 0")),
    special("leaky_relu", mg.leaky_relu, lambda x: x if x > 0 else x * mpf(0.01), **agreed("at 0 is ``slope``", 0.01)),
    special("elu", mg.elu, lambda x: x if x > 0 else (exp(x) - 1), **agreed("derivative at 0 is ``alpha``", 1.0)),
    special(
        "where",
        lambda x: mg.where(x > 0, mg.sqrt, 0.0, x),
        lambda x: mp.sqrt(x) if x > 0 else mpf(0),
        **agreed("neither the value nor any derivative meets them"),
    ),
    special("nan_to_num", mg.nan_to_num, lambda x: x, **agreed("numbers in place of NaN", at=lambda x: x - x != 0)),
    # kinks and jumps
    special("abs", mg.abs, abs, **agreed("derivative at 0 is 0")),
    jumps("sign", mg.sign, mp.sign),
    jumps("floor", mg.floor, mp.floor),
    jumps("ceil", mg.ceil, mp.ceil),
    jumps("round", mg.round, mp.nint),
    jumps("rint", mg.rint, mp.nint),
    jumps("trunc", mg.trunc, lambda x: mp.floor(x) if x > 0 else mp.ceil(x)),
]
