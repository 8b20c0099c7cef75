"""The pictures of the course: made from an exercise, the solution's in the build and the learner's by the runner."""

from __future__ import annotations

import io
from typing import Any

from ..bptt.plots import pyplot
from ..draw.drawing import Drawing
from ..draw.theme import FALLBACKS, LIGHT
from .checking import module
from .course import Chapter

BLUE, GREEN, RED, VIOLET, ORANGE = "#1d5fa8", "#1e8449", "#c0392b", "#8e2a8b", "#b9770e"
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": [name.strip(" '") for name in FALLBACKS.split(",")] + ["DejaVu Sans"],
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "minigrad",
}


def figure(width: float = 7.2, height: float = 3.2) -> Any:
    """An empty figure of Matplotlib's, in the style of the course.

    Args:
        width, height: in inches.

    Raises:
        ExtraError: Matplotlib is not installed.
    """
    return pyplot()(figsize=(width, height), layout="constrained", facecolor=LIGHT.background)


def picture_of(chapter: Chapter, exercise: Any) -> bytes:
    """The picture of a chapter, as SVG.

    Args:
        chapter: whose ``picture.py`` has a function ``picture(exercise)`` that returns a drawing or a figure.
        exercise: the solution, or the learner's.

    Raises:
        ExtraError: it needs Matplotlib, which is not installed.
    """
    path = chapter.folder / "picture.py"
    make = module(f"picture_{chapter.name}", path.read_text("utf-8"), path).picture
    try:
        import matplotlib
    except ImportError:
        return _encoded(make(exercise))
    with matplotlib.rc_context(_STYLE):
        return _encoded(make(exercise))


def _encoded(made: Any) -> bytes:
    if isinstance(made, Drawing):
        return made.encoded("svg")
    stream = io.BytesIO()
    made.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()
