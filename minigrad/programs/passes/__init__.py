"""Passes: what makes a shorter program of a program, each in a file of its own."""

from __future__ import annotations

from collections.abc import Callable

from ..program import Program
from .batching import batch
from .joining import join
from .placing import in_place
from .planning import plan
from .pruning import prune
from .sharing import share
from .sloping import slope

Pass = Callable[[Program], Program]
SAME: tuple[Pass, ...] = (in_place, plan)  # instructions, which write elsewhere
EXACT: tuple[Pass, ...] = (prune, share, *SAME)  # which compute the same bits
PASSES: tuple[Pass, ...] = (prune, share, slope, batch, join, prune, *SAME)
