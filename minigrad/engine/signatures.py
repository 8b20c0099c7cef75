"""Signatures of forward functions and rules, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from ..errors import RuleError


class Taken(NamedTuple):
    """What a forward function takes after ``xp``.

    Attributes:
        operands: the names of its operands, without those of ``*operands``.
        variadic: whether it takes ``*operands``.
        params: the names of its parameters, which are keyword-only.
        defaults: the values of those parameters that have one.
    """

    operands: tuple[str, ...]
    variadic: bool
    params: tuple[str, ...]
    defaults: dict[str, Any]


def taken_by(forward: Callable[..., Any]) -> Taken:
    """What a forward function takes."""
    code = _code(forward)
    if code is not None:
        count = code.co_argcount
        params = code.co_varnames[count : count + code.co_kwonlyargcount]
        variadic = bool(code.co_flags & inspect.CO_VARARGS)
        given = forward.__kwdefaults__ or {}
        defaults = {name: given[name] for name in params if name in given}  # in the order of the names
        return Taken(code.co_varnames[1:count], variadic, params, defaults)
    after_xp = list(inspect.signature(forward).parameters.values())[1:]
    settings = [p for p in after_xp if p.kind is p.KEYWORD_ONLY]
    return Taken(
        tuple(p.name for p in after_xp if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)),
        any(p.kind is p.VAR_POSITIONAL for p in after_xp),
        tuple(p.name for p in settings),
        {p.name: p.default for p in settings if p.default is not p.empty},
    )


def asked_by(rule: Callable[..., Any]) -> tuple[str, ...]:
    """What a rule asks for after the cotangent.

    Raises:
        RuleError: it cannot be called so.
    """
    code = _code(rule)
    if code is not None and code.co_argcount and not (code.co_flags & inspect.CO_VARARGS or code.co_kwonlyargcount):
        return code.co_varnames[1 : code.co_argcount]
    parameters = list(inspect.signature(rule).parameters.values())
    if not parameters or any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters):
        described = f"not ({', '.join(map(str, parameters))})"
        raise RuleError(f"a rule takes the cotangent first, and what it asks for behind it, {described}")
    return tuple(p.name for p in parameters[1:])


def check_batching(name: str, rule: Callable[..., Any], operands: int, params: tuple[str, ...]) -> None:
    """Refuse a batching rule that cannot be called with which operands are batched, the operands, and the parameters.

    Raises:
        RuleError: naming the primitive.
    """
    if isinstance(rule, FunctionType):  # the usual cases are told by the code, in a tenth of the time
        code = rule.__code__
        first = min(1 + operands, code.co_argcount)
        named = {*code.co_varnames[first : code.co_argcount + code.co_kwonlyargcount]}
        enough = first == 1 + operands or (first and code.co_flags & inspect.CO_VARARGS)
        if enough and (named == {*params} or (named < {*params} and code.co_flags & inspect.CO_VARKEYWORDS)):
            return
    try:
        inspect.signature(rule).bind((), *(None,) * operands, **dict.fromkeys(params))
    except TypeError as failure:
        expected = ", ".join(["batched", "*operands", *(f"{param}=" for param in params)])
        raise RuleError(f"{name}.defbatch: the rule is called as rule({expected}): {failure}") from None


def _code(function: Callable[..., Any]) -> CodeType | None:
    """The code of a plain function, which is read in a tenth of the time that its signature takes, else ``None``."""
    if not isinstance(function, FunctionType) or vars(function):  # a decorated one stands for another
        return None
    code = function.__code__
    return None if code.co_flags & inspect.CO_VARKEYWORDS else code
