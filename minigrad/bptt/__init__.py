"""Truncated back-propagation through time: schedules and streams."""

from .schedule import Window, truncated_bptt
from .streams import CharText, TokenRows

__all__ = ["CharText", "TokenRows", "Window", "truncated_bptt"]
