"""Drawings of tapes: ``draw(tape)`` or ``draw(window)``.

``minigrad.draw`` is this package and the function at once: ``mg.draw(tape)`` draws, and
``from minigrad.draw.graph.model import Graph`` or ``import minigrad.draw.write.svg`` reach the modules behind it.
"""

import importlib as _importlib
import inspect as _inspect
import sys as _sys
from types import ModuleType as _ModuleType
from typing import Any as _Any

from .charts import cell, flow, memory
from .drawing import Drawing, DrawingError, draw, draw_diff
from .theme import DARK, LIGHT, PRINT, Stroke, Style, Theme

__all__ = [
    "DARK",
    "LIGHT",
    "PRINT",
    "Drawing",
    "DrawingError",
    "Stroke",
    "Style",
    "Theme",
    "cell",
    "draw",
    "draw_diff",
    "flow",
    "memory",
]


class _CallableModule(_ModuleType):
    """The package as a function: a call of it is ``draw(...)``, ``diff`` is ``draw_diff``."""

    __call__ = staticmethod(draw)
    __signature__ = _inspect.signature(draw)
    diff = staticmethod(draw_diff)

    def __reduce__(self) -> _Any:
        return _importlib.import_module, (self.__name__,)


__doc__ = f"{draw.__doc__}\n{__doc__}"
_sys.modules[__name__].__class__ = _CallableModule
