"""Drawings of tapes: ``draw(tape)`` or ``draw(window)``.

``minigrad.draw`` is this package and the function at once: ``mg.draw(tape)`` draws, and
``from minigrad.draw.model import Graph`` or ``import minigrad.draw.svg`` reach the modules behind it.
"""

import inspect
import sys
from types import ModuleType

from .drawing import Drawing, DrawingError, draw, draw_diff

__all__ = ["Drawing", "DrawingError", "draw", "draw_diff"]


class _CallableModule(ModuleType):
    """The package as a function: a call of it is ``draw(...)``, ``diff`` is ``draw_diff``."""

    __call__ = staticmethod(draw)
    __signature__ = inspect.signature(draw)
    diff = staticmethod(draw_diff)


sys.modules[__name__].__class__ = _CallableModule
