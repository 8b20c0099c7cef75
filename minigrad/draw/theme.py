"""Colours, strokes and fonts, by what they stand for."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..errors import ArgumentError
from ..words import listed

_GOLDEN = 0.381966  # of a turn: hues that follow each other so lie far apart
FONT = "Arial"
FALLBACKS = "Arial, Helvetica, 'Liberation Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Style:
    """How a box is painted.

    Attributes:
        fill, stroke, ink: the colours of the inside, of the border and of the text.
        width: of the border, in points.
        dashed: whether the border is.
    """

    fill: str
    stroke: str
    ink: str
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is painted: its colour, its width in points, and whether it is dashed."""

    colour: str
    width: float = 1.2
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """What every part of a picture looks like. One of your own is best made from one that is there:

        sea = replace(mg.draw.LIGHT, boxes={**mg.draw.LIGHT.boxes, "state": mg.draw.Style("#cde", "#036", "#012")})
        mg.draw(tape, theme=replace(sea, name="sea"))

    Colours are ``#rrggbb``; those of ``ramp``, and the parameters beyond those that have a style, are mixed from them.

    Attributes:
        name: of the theme.
        background: of the page.
        inks: colours of text by role.
        boxes: styles of boxes by role.
        strokes: styles of lines by role.
        parameters: styles that the parameters take in turn.
        windows: styles that the windows take in turn.
        ramp: the colours of the smallest value, of zero and of the largest value.
    """

    name: str
    background: str
    inks: Mapping[str, str]
    boxes: Mapping[str, Style]
    strokes: Mapping[str, Stroke]
    parameters: tuple[Style, ...]
    windows: tuple[Style, ...]
    ramp: tuple[str, str, str]

    def __post_init__(self) -> None:
        for kind, needed in _ROLES.items():
            missing = needed - set(getattr(self, kind))
            if missing:
                raise ArgumentError(
                    f"Theme({self.name!r}): {kind} lacks {listed(sorted(missing))}; take what you do not change from "
                    "mg.draw.LIGHT"
                )
        for kind in ("parameters", "windows"):
            if not getattr(self, kind):
                raise ArgumentError(f"Theme({self.name!r}): {kind} is empty; give one style or more")

    def parameter(self, number: int) -> Style:
        """The style of the parameter of that number, from 0: no two are alike, as hues between those follow."""
        if number < len(self.parameters):
            return self.parameters[number]
        base = self.parameters[number % len(self.parameters)]
        turn = (number // len(self.parameters)) * _GOLDEN
        return replace(base, fill=turned(base.fill, turn), stroke=turned(base.stroke, turn), ink=base.ink)


_ROLES = {
    "inks": {"text", "muted", "gradient", "cut"},
    "boxes": {
        *("op", "module", "data", "constant", "state", "delay", "loss", "total", "gradient", "faint", "memory"),
        *("freed", "walk", "cut", "gap", "step", "walk step", "fold", "panel", "bar"),
    },
    "strokes": {"flow", "state", "loss", "unfold", "gradient", "cut"},
}


def turned(colour: str, turn: float) -> str:
    """A colour such as ``#d9e9fb`` with its hue moved on around the wheel; of a grey the shade instead."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    hue, light, strength = colorsys.rgb_to_hls(red, green, blue)
    if strength < 0.02:
        light = 0.25 + 0.65 * ((light + turn) % 1.0)
    parts = colorsys.hls_to_rgb((hue + turn) % 1.0, light, strength)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


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
        "module": Style("#f3f1ec", "#6f6750", "#1f2333", 1.5),
        "data": Style("#ebedf1", "#7c828e", "#1f2333"),
        "constant": Style("#f5f6f8", "#a3a8b3", "#4b5160"),
        "state": Style("#dcf1e3", "#1b8446", "#12301e", 2.0),
        "delay": Style("#ffffff", "#1b8446", "#12301e", 1.6),
        "loss": Style("#fff5d6", "#a97f0a", "#3a2c00", 1.3),
        "total": Style("#ffe08a", "#866004", "#2e2200", 2.0),
        "gradient": Style("#fcecfb", "#cf8fca", "#8a2283"),
        "faint": Style("#ffffff", "#cf8fca", "#8a2283", dashed=True),
        "memory": Style("#9aa5b8", "#6b7280", "#1f2333"),
        "freed": Style("#ffffff", "#a3a8b3", "#6b7280", 0.9, dashed=True),
        "walk": Style("#efe9fb", "#7457b0", "#2b1d4a"),
        "cut": Style("#fff0f0", "#cf1f2e", "#cf1f2e", 1.8),
        "gap": Style("#ffffff", "#a3a8b3", "#6b7280", dashed=True),
        "step": Style("#ffffff", "#c3cad6", "#6b7280"),
        "walk step": Style("#f8f5fe", "#b9a8de", "#676d7a"),
        "fold": Style("#eff8f2", "#8cc3a2", "#1f2333", 1.6),
        "panel": Style("#ffffff", "#7c828e", "#1f2333", 1.1),
        "bar": Style("#cf1f2e", "#cf1f2e", "#cf1f2e"),
    },
    strokes={
        "flow": Stroke("#5b616e"),
        "state": Stroke("#1b8446", 2.4),
        "loss": Stroke("#a97f0a", 1.7),
        "unfold": Stroke("#6b7280", 2.4),
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
    ramp=("#2f6db3", "#f4f4f2", "#c2501b"),
)

DARK = Theme(
    name="dark",
    background="#14171f",
    inks={
        "text": "#e6e9f0",
        "muted": "#9aa3b5",
        "gradient": "#e79be0",
        "cut": "#ff7a80",
    },
    boxes={
        "op": Style("#232936", "#8b94a7", "#e6e9f0"),
        "module": Style("#33322c", "#b9b097", "#f1eee4", 1.5),
        "data": Style("#353c4b", "#8b94a7", "#e6e9f0"),
        "constant": Style("#2b313e", "#727b8d", "#c3c9d6"),
        "state": Style("#17402a", "#4fc27e", "#e2f7ea", 2.0),
        "delay": Style("#14171f", "#4fc27e", "#e2f7ea", 1.6),
        "loss": Style("#453a12", "#d6ac3a", "#fff2c9", 1.3),
        "total": Style("#6b5410", "#f0c64e", "#fff6d8", 2.0),
        "gradient": Style("#43213f", "#b568ae", "#f6c9f1"),
        "faint": Style("#1c2029", "#b568ae", "#f6c9f1", dashed=True),
        "memory": Style("#7b879d", "#aab3c4", "#14171f"),
        "freed": Style("#1c2029", "#727b8d", "#9aa3b5", 0.9, dashed=True),
        "walk": Style("#372d55", "#a58be0", "#ebe3ff"),
        "cut": Style("#43191d", "#ff7a80", "#ff9ca0", 1.8),
        "gap": Style("#1c2029", "#727b8d", "#9aa3b5", dashed=True),
        "step": Style("#1c2029", "#4a5366", "#9aa3b5"),
        "walk step": Style("#221d33", "#5d4f88", "#9aa3b5"),
        "fold": Style("#17261f", "#3c7a58", "#e6e9f0", 1.6),
        "panel": Style("#1c2029", "#727b8d", "#e6e9f0"),
        "bar": Style("#ff7a80", "#ff7a80", "#ff7a80"),
    },
    strokes={
        "flow": Stroke("#a2abbd"),
        "state": Stroke("#4fc27e", 2.4),
        "loss": Stroke("#d6ac3a", 1.7),
        "unfold": Stroke("#9aa3b5", 2.4),
        "gradient": Stroke("#e79be0", 1.6, dashed=True),
        "cut": Stroke("#ff7a80", 2.2, dashed=True),
    },
    parameters=(
        Style("#1c3a5c", "#6aa9ea", "#b9d8fa"),
        Style("#5a3212", "#f09a4c", "#ffd3a8"),
        Style("#3a2f63", "#a794ea", "#d9cffb"),
        Style("#12494a", "#4cc4c0", "#b5eeea"),
        Style("#592039", "#ee7fae", "#ffc4dc"),
        Style("#3d4512", "#b7c94a", "#e3eea8"),
        Style("#4c3323", "#cf9a72", "#f0d3bd"),
        Style("#333c4d", "#a4b3cf", "#d8e0f0"),
    ),
    windows=(
        Style("#182231", "#4a6f9f", "#e6e9f0", 1.6),
        Style("#2b2418", "#94703a", "#e6e9f0", 1.6),
    ),
    ramp=("#5aa0e6", "#2a3040", "#f0883e"),
)

# Colours of Okabe and Ito, which colour-blind readers tell apart, tinted so that they differ in grey too.
PRINT = Theme(
    name="print",
    background="#ffffff",
    inks={
        "text": "#000000",
        "muted": "#4d4d4d",
        "gradient": "#000000",
        "cut": "#000000",
    },
    boxes={
        "op": Style("#ffffff", "#000000", "#000000", 0.9),
        "module": Style("#f4f4f4", "#000000", "#000000", 1.6),
        "data": Style("#ececec", "#000000", "#000000", 0.9),
        "constant": Style("#ffffff", "#7a7a7a", "#333333", 0.9),
        "state": Style("#c2e8da", "#00513a", "#000000", 2.6),
        "delay": Style("#ffffff", "#00513a", "#000000", 2.2),
        "loss": Style("#fbf6c0", "#6b5d00", "#000000", 1.2),
        "total": Style("#dba520", "#3d3000", "#000000", 2.4),
        "gradient": Style("#ffffff", "#8f3a71", "#000000", 0.9),
        "faint": Style("#ffffff", "#8a8a8a", "#5a5a5a", 0.9, dashed=True),
        "memory": Style("#7d7d7d", "#000000", "#000000", 0.8),
        "freed": Style("#ffffff", "#6e6e6e", "#6e6e6e", 0.8, dashed=True),
        "walk": Style("#e3cbdc", "#6b2f57", "#000000", 0.9),
        "cut": Style("#ffffff", "#000000", "#000000", 2.1),
        "gap": Style("#ffffff", "#6e6e6e", "#4d4d4d", dashed=True),
        "step": Style("#ffffff", "#8a8a8a", "#333333", 0.8),
        "walk step": Style("#f7f1f5", "#8a8a8a", "#333333", 0.8),
        "fold": Style("#f2f2f2", "#4d4d4d", "#000000", 1.2),
        "panel": Style("#ffffff", "#4d4d4d", "#000000"),
        "bar": Style("#000000", "#000000", "#000000"),
    },
    strokes={
        "flow": Stroke("#333333", 1.0),
        "state": Stroke("#00513a", 2.8),
        "loss": Stroke("#8a6d00", 1.7),
        "unfold": Stroke("#4d4d4d", 2.4),
        "gradient": Stroke("#8f3a71", 1.5, dashed=True),
        "cut": Stroke("#000000", 2.4, dashed=True),
    },
    parameters=(
        Style("#cfe9f9", "#005a8c", "#000000"),
        Style("#f7c98b", "#8a5200", "#000000"),
        Style("#8fc3e4", "#00395a", "#000000"),
        Style("#f0f0d2", "#55551f", "#000000"),
        Style("#c583ab", "#6b2f57", "#000000"),
        Style("#e9a07c", "#7d2f00", "#000000"),
        Style("#c4c4c4", "#333333", "#000000"),
        Style("#ffffff", "#000000", "#000000"),
    ),
    windows=(
        Style("#f6f6f6", "#6e6e6e", "#000000", 1.2),
        Style("#e9e9e9", "#4d4d4d", "#000000", 1.2),
    ),
    ramp=("#ffffff", "#9a9a9a", "#000000"),
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK, PRINT)}
