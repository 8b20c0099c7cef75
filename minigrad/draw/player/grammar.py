"""The grammar of the formulas of rules: from text to a tree. What it does not know, it leaves as text.

formula     = value { ", " name " = " sum } [ ", summed to shape " shape | ", repeated over the … axes" ]
value       = sum [ " where " condition { " and " condition | " or " condition } ", else " sum ]
condition   = sum [ comparison sum ]
sum         = product { ("+" | "−") product }
product     = signed { ("·" | "/" | "@") signed }
signed      = "−" signed | power
power       = postfix [ "^" postfix ]
postfix     = atom { "²" | "³" | "ᵀ" | "[…, None]" | "[:, None]" }
atom        = number | name | name "(" sum ")" | "√" atom | "(" sum ")"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|ḡ|[A-Za-z_][A-Za-z_0-9]*|π|\[…, None\]|\[:, None\]|[−+·/@^²³ᵀ√()<>≤≥≠=,])")
COMPARISONS = ("<", ">", "≤", "≥", "≠", "=")
MADE_OF_WORDS = frozenset({"where", "and", "or", "else"})


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """An operand, the result, the cotangent, or what a definition defines."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one operand; its name is also that of a sign: ``−``, ``√``, ``²``, ``³``, ``ᵀ``, or an index."""

    function: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Pair:
    """Two operands and the sign between them."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two values, by conditions that hold all together, or of which one is enough."""

    chosen: Node
    conditions: tuple[Node, ...]
    joined: Literal["and", "or"]
    other: Node


Node = Number | Name | Call | Pair | Choice


class Formula(NamedTuple):
    """A formula that was understood.

    Attributes:
        value: what it says.
        definitions: of names in it; later ones may be used in earlier ones.
        summed: whether axes are summed afterwards.
        repeated: whether the value is repeated over axes.
    """

    value: Node
    definitions: tuple[tuple[str, Node], ...] = ()
    summed: bool = False
    repeated: bool = False


class _OutsideError(Exception):
    """Something that is not in the grammar."""


@lru_cache(maxsize=4096)
def parsed(text: str) -> Formula | None:
    """The tree of a formula; ``None`` if it is not in the grammar."""
    tokens: list[str] = []
    at = 0
    while at < len(text.rstrip()):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        tokens.append(token[1])
        at = token.end()
    try:
        return _Reader(tokens).formula()
    except _OutsideError:
        return None


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token

    def _skip(self, *tokens: str) -> bool:
        """Whether these tokens come next; then they are read."""
        found = tuple(self._tokens[self._at : self._at + len(tokens)]) == tokens
        self._at += len(tokens) * found
        return found

    def formula(self) -> Formula:
        value = self._value()
        definitions: list[tuple[str, Node]] = []
        summed = repeated = False
        while self._next():
            if self._skip(",", "summed", "to", "shape", "("):
                while self._next() != ")":
                    if not (self._next() == "," or self._next().isdigit()):
                        raise _OutsideError
                    self._take()
                self._take()
                summed = True
            elif self._skip(",", "repeated", "over", "the"):
                repeated = self._take() in ("summed", "averaged") and self._skip("axes")
                if not repeated:
                    raise _OutsideError
            elif self._skip(","):
                name = self._take()
                if not name.isidentifier() or not self._skip("="):
                    raise _OutsideError
                definitions.append((name, self._sum()))
            else:
                raise _OutsideError
        return Formula(value, tuple(definitions), summed, repeated)

    def _value(self) -> Node:
        chosen = self._sum()
        if not self._skip("where"):
            return chosen
        conditions = [self._condition()]
        words = set()
        while self._next() in ("and", "or"):
            words.add(self._take())
            conditions.append(self._condition())
        if len(words) > 1 or not self._skip(",", "else"):
            raise _OutsideError
        return Choice(chosen, tuple(conditions), "or" if "or" in words else "and", self._sum())

    def _condition(self) -> Node:
        left = self._sum()
        return Pair(self._take(), left, self._sum()) if self._next() in COMPARISONS else left

    def _sum(self) -> Node:
        left = self._product()
        while self._next() in ("+", "−"):
            left = Pair(self._take(), left, self._product())
        return left

    def _product(self) -> Node:
        left = self._signed()
        while self._next() in ("·", "/", "@"):
            left = Pair(self._take(), left, self._signed())
        return left

    def _signed(self) -> Node:
        if self._skip("−"):
            return Call("−", self._signed())
        base = self._postfix()
        return Pair("^", base, self._postfix()) if self._skip("^") else base

    def _postfix(self) -> Node:
        node = self._atom()
        while self._next() in ("²", "³", "ᵀ", "[…, None]", "[:, None]"):
            node = Call(self._take(), node)
        return node

    def _atom(self) -> Node:
        token = self._take()
        if token == "(":
            inner = self._sum()
            if not self._skip(")"):
                raise _OutsideError
            return inner
        if token == "√":
            return Call("√", self._atom())
        if token[:1].isdigit():
            return Number(float(token))
        if token not in ("ḡ", "π") and (not token.isidentifier() or token in MADE_OF_WORDS):
            raise _OutsideError
        if self._skip("("):
            inner = self._sum()
            if not self._skip(")"):
                raise _OutsideError
            return Call(token, inner)
        return Name(token)
