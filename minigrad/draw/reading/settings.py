"""The parameters of a call, such as ``axis`` or an index, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.plan import Plan
from ...engine.primitive import Primitive
from ..text import clean, shorten

LONGEST = 24  # characters of one parameter


def index_text(index: Any) -> str:
    """An index as it is written between brackets: ``:, 2:5``."""
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    if isinstance(index, slice):
        bounds = ["" if bound is None else str(bound) for bound in (index.start, index.stop, index.step)]
        return ":".join(bounds if bounds[2] else bounds[:2])
    if index is Ellipsis:
        return "…"
    return str(index) if index is None or not getattr(index, "shape", ()) else f"array {tuple(index.shape)}"


def settings_text(plan: Plan, params: Mapping[str, Any]) -> str:
    """What a call says behind its operands, where it is not the default: ``, axis=0``."""
    return "".join(
        f", {name}={shorten(clean(index_text(value) if name == 'index' else value), LONGEST)}"
        for name, value in params.items()
        if not _is_default(plan.primitive, name, value)
    )


def _is_default(primitive: Primitive, name: str, value: Any) -> bool:
    default = primitive.defaults.get(name, ...)
    return type(value) is type(default) and bool(value == default)
