"""What instructions do where it is more than to call a forward function: plain objects, to be compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.cotangents import Joined
from ..engine.tensor import Leaf, Tensor


class Rule:
    """A vjp rule as a function of arrays: its result, or the fresh ones among the fields of a structured cotangent."""

    __slots__ = ("fresh", "rule")

    def __init__(self, rule: Callable[..., Any], fresh: tuple[int, ...] | None) -> None:
        self.rule, self.fresh = rule, fresh

    def __call__(self, *arrays: Any) -> Any:
        result = self.rule(*arrays)
        if self.fresh is None:
            return result
        fields = result.fields
        return fields[self.fresh[0]] if len(self.fresh) == 1 else tuple(fields[k] for k in self.fresh)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and self.rule is other.rule and self.fresh == other.fresh

    __hash__ = None  # type: ignore[assignment]


class Sum:
    """The sum of structured cotangents as a function of the arrays in them."""

    __slots__ = ("like", "width")

    def __init__(self, like: list[Any]) -> None:
        self.like = like
        self.width = len(like[0].fields)

    def __call__(self, joined: Joined, *arrays: Any) -> Any:
        width = self.width
        parts = [part.refilled(*arrays[k * width : (k + 1) * width]) for k, part in enumerate(self.like)]
        return parts[0].total(parts, joined)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and [*map(_form, self.like)] == [*map(_form, other.like)]

    __hash__ = None  # type: ignore[assignment]


def _form(part: Any) -> Any:
    return type(part), getattr(part, "shape", None) if "shape" in type(part).__slots__ else None


class Part:
    """One of the values that lie side by side along a first axis; of what a run does without, nothing."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place

    def __call__(self, whole: Any) -> Any:
        return None if whole is None else whole[self.place]


class Stack:
    """Values side by side along a new first axis."""

    __slots__ = ("xp",)

    def __init__(self, xp: Any) -> None:
        self.xp = xp

    def __call__(self, *values: Any) -> Any:
        return self.xp.stack(values)


class Fill:
    """Values copied to their places in a stack, the others of which are there already."""

    __slots__ = ("places",)

    def __init__(self, places: list[int]) -> None:
        self.places = places

    def __call__(self, *values: Any) -> Any:
        *copied, out = values
        for place, value in zip(self.places, copied, strict=True):
            out[place] = value
        return out


class Read:
    """The value of a leaf."""

    __slots__ = ("leaf",)

    def __init__(self, leaf: Tensor) -> None:
        self.leaf = leaf

    def __call__(self) -> Any:
        return self.leaf._value


class Accumulate:
    """The addition of a cotangent into the gradient of a leaf."""

    __slots__ = ("leaf",)

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf

    def __call__(self, cotangent: Any) -> None:
        self.leaf.accumulate(cotangent)


class Effect:
    """A call that is made again at each run."""

    __slots__ = ("args", "function", "options")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.function, self.args, self.options = function, args, options

    def __call__(self) -> Any:
        return self.function(*self.args, **self.options)
