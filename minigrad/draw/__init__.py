"""Drawings of tapes: ``draw(tape)`` or ``draw(window)``.

``minigrad.draw`` is the function once ``minigrad`` is imported; the modules behind it are imported by name:
``from minigrad.draw.model import Graph``.
"""

from .drawing import Drawing, DrawingError, draw, draw_diff

__all__ = ["Drawing", "DrawingError", "draw", "draw_diff"]
