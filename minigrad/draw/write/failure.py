"""The error of everything that writes pictures."""

from __future__ import annotations

from ...errors import MinigradError


class DrawingError(MinigradError):
    """A drawing cannot be written: a program, a package or a font is missing, it is too large, or the format unknown."""
