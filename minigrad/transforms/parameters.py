"""The parameters that an optimiser, or a clipping, is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import errors
from ..engine.tensor import Leaf, is_tensor


def parameter_list(taker: str, params: Iterable[Leaf]) -> list[Leaf]:
    """``params`` as a list of parameters, each once.

    Raises:
        ValueError: there are none, or one is there twice.
        TypeError: something that is no parameter was given.
    """
    if is_tensor(params) or isinstance(params, Mapping) or not isinstance(params, Iterable):
        raise errors.MisuseError(f"{taker} takes a list of parameters, not {_kind(params)}; pass {_instead(params)}")
    leaves = list(params)
    if not leaves:
        raise errors.ArgumentError(f"{taker} was given no parameters")
    places: dict[int, int] = {}
    for place, leaf in enumerate(leaves):
        if not (isinstance(leaf, Leaf) and leaf._wants_grad):
            raise errors.MisuseError(
                f"{taker} takes parameters (mg.parameter), not {_kind(leaf)}, which is number {place}"
            )
        first = places.setdefault(id(leaf), place)
        if first != place:
            name = f" {leaf.name!r}" if leaf.name else ""
            raise errors.ArgumentError(
                f"{taker} was given the parameter{name} of shape {leaf.shape} twice, as numbers {first} and {place}; "
                "module.parameters() has each once"
            )
    return leaves


def _kind(value: Any) -> str:
    if isinstance(value, Leaf):
        return "a parameter" if value.wants_grad else "a leaf that wants no gradient"
    return type(value).__name__


def _instead(params: Any) -> str:
    if hasattr(params, "parameters"):
        return "module.parameters()"
    if isinstance(params, Mapping):
        return "list(named.values())" if any(map(is_tensor, params.values())) else "module.parameters()"
    return "[parameter]" if is_tensor(params) else "module.parameters(), or a list"
