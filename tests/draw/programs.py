"""The forty programs and some more, by name: each returns a tape or a window, and says what is true of it."""

from __future__ import annotations

from typing import Any

from tests.draw.forty.common import Program, Source
from tests.draw.forty.lanes import LANES
from tests.draw.forty.loops import LOOPS
from tests.draw.forty.sums import SUMS
from tests.draw.forty.walks import WALKS
from tests.draw.forty.words import WORDS

PROGRAMS: dict[str, Program] = {**LANES, **WALKS, **SUMS, **WORDS, **LOOPS}
OPTIONS: dict[str, dict[str, Any]] = {"title like a heading": {"title": "memory that a cut freed"}}

__all__ = ["OPTIONS", "PROGRAMS", "Program", "Source"]
