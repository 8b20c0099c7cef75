"""Colours, strokes and fonts, by what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FONT = "Arial"
FALLBACKS = "Arial, Helvetica, 'Liberation Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Style:
    """How a box is painted."""

    fill: str
    stroke: str
    ink: str
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is painted."""

    colour: str
    width: float = 1.2
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """What every part of a picture looks like.

    Attributes:
        name: of the theme.
        background: of the page.
        inks: colours of text by role.
        boxes: styles of boxes by role.
        strokes: styles of lines by role.
        parameters: styles that the parameters take in turn.
        windows: styles that the windows take in turn.
    """

    name: str
    background: str
    inks: Mapping[str, str]
    boxes: Mapping[str, Style]
    strokes: Mapping[str, Stroke]
    parameters: tuple[Style, ...]
    windows: tuple[Style, ...]


LIGHT = Theme(
    name="light",
    background="#ffffff",
    inks={
        "text": "#1f2333",
        "muted": "#6b7280",
        "gradient": "#9b2a93",
        "cut": "#cf1f2e",
    },
    boxes={
        "op": Style("#ffffff", "#7c828e", "#1f2333"),
        "data": Style("#ebedf1", "#7c828e", "#1f2333"),
        "constant": Style("#f5f6f8", "#a3a8b3", "#4b5160"),
        "state": Style("#dcf1e3", "#1b8446", "#12301e", 2.0),
        "loss": Style("#fff5d6", "#a97f0a", "#3a2c00", 1.3),
        "total": Style("#ffe08a", "#866004", "#2e2200", 2.0),
        "gradient": Style("#fcecfb", "#cf8fca", "#8a2283"),
        "walk": Style("#efe9fb", "#7457b0", "#2b1d4a"),
        "cut": Style("#fff0f0", "#cf1f2e", "#cf1f2e", 1.8),
        "gap": Style("#ffffff", "#a3a8b3", "#6b7280", dashed=True),
        "step": Style("#ffffff", "#c3cad6", "#6b7280"),
        "walk step": Style("#f8f5fe", "#b9a8de", "#6b7280"),
        "panel": Style("#ffffff", "#7c828e", "#1f2333"),
        "bar": Style("#cf1f2e", "#cf1f2e", "#cf1f2e"),
    },
    strokes={
        "flow": Stroke("#5b616e"),
        "state": Stroke("#1b8446", 2.4),
        "loss": Stroke("#a97f0a", 1.7),
        "gradient": Stroke("#9b2a93", 1.6, dashed=True),
        "cut": Stroke("#cf1f2e", 2.2, dashed=True),
    },
    parameters=(
        Style("#d9e9fb", "#1d5fa8", "#1d5fa8"),
        Style("#fde4cc", "#b4560d", "#a84e08"),
        Style("#e6e0f8", "#584596", "#584596"),
        Style("#d3f0ee", "#14716f", "#0f6664"),
        Style("#f9dbe6", "#a3285c", "#a3285c"),
        Style("#e8efcb", "#5c6b12", "#525f10"),
        Style("#f0e0d6", "#7a4a2b", "#7a4a2b"),
        Style("#dfe3ea", "#3c4a63", "#3c4a63"),
    ),
    windows=(
        Style("#f0f5fd", "#8fb0da", "#1f2333", 1.6),
        Style("#fdf5ea", "#dfb87e", "#1f2333", 1.6),
    ),
)
