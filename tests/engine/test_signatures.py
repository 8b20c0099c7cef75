"""What forward functions and rules take, read from their code, is what their signatures say."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.signatures import asked_by, taken_by


def plain(xp: Any, x: Any, y: Any, *, b: Any = 1, a: Any = 2, needed: Any) -> None: ...
def positional(xp: Any, x: Any, /, y: Any) -> None: ...
def variadic(xp: Any, *operands: Any, axis: Any = 0) -> None: ...
def with_more(xp: Any, x: Any, **more: Any) -> None: ...


@functools.wraps(plain)
def wrapped(*args: Any, **kwargs: Any) -> None: ...


class Callable:
    def __call__(self, xp: Any, x: Any, *, k: Any = 3) -> None: ...

    def method(self, xp: Any, x: Any, *, k: Any = 3) -> None: ...


FORWARDS = [
    plain,
    positional,
    variadic,
    with_more,
    wrapped,
    Callable(),
    Callable().method,
    functools.partial(plain, y=1),
]


@pytest.mark.parametrize("forward", FORWARDS, ids=lambda forward: getattr(forward, "__name__", type(forward).__name__))
def test_a_forward_function_takes_what_its_signature_says(forward: Any) -> None:
    parameters = list(inspect.signature(forward).parameters.values())[1:]
    settings = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    taken = taken_by(forward)
    assert taken.operands == tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))
    assert taken.variadic == any(p.kind is p.VAR_POSITIONAL for p in parameters)
    assert taken.params == tuple(p.name for p in settings)
    assert list(taken.defaults.items()) == [(p.name, p.default) for p in settings if p.default is not p.empty]


def test_defaults_are_in_the_order_of_the_names() -> None:
    def forward(xp: Any, x: Any, *, b: Any = 1.0, a: Any = 2.0) -> Any:
        return b * x

    forward.__kwdefaults__ = {"a": 2.0, "b": 1.0}
    scaled = mg.Primitive(forward, name="test_scaled", public=False)
    scaled.defvjp(lambda g, b: b * g)
    assert mg.grad(scaled)(3.0).item() == 1.0


@pytest.mark.parametrize(
    ("rule", "names"),
    [(lambda g: g, ()), (lambda g, x, out: g, ("x", "out")), (functools.partial(lambda k, g, x: g, 1), ("x",))],
)
def test_a_rule_asks_for_what_stands_behind_the_cotangent(rule: Any, names: tuple[str, ...]) -> None:
    assert asked_by(rule) == names


@pytest.mark.parametrize("rule", [lambda: 0, lambda g, *, x: g])
def test_a_rule_that_cannot_be_called_is_refused_where_it_is_given(rule: Any) -> None:
    made = mg.Primitive(lambda xp, x: x * 1.0, name="test_refused", public=False)
    with pytest.raises(errors.RuleError, match="takes the cotangent first, and what it asks for behind it"):
        made.defvjp(rule)


def test_signatures_for_help() -> None:
    assert str(inspect.signature(mg.sum)) == "(x, *, axis=None, keepdims=False)"
    assert "forward" in inspect.signature(mg.Primitive).parameters


def test_a_forward_function_without_a_name_needs_one() -> None:
    with pytest.raises(errors.RuleError, match="name="):
        mg.Primitive(functools.partial(lambda k, xp, x: x * k, np.float64(2)), public=False)
