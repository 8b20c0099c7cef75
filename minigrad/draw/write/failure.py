"""The error of everything that writes pictures."""

from __future__ import annotations

from ...errors import MinigradError


class DrawingError(MinigradError):
    """A drawing cannot be written: something that it needs is missing, it is too large, or the format is unknown."""
