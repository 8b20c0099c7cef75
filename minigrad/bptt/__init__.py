"""Truncated back-propagation through time, and what it costs."""

from .checkpointed import Checkpointed, checkpointed_bptt, forward_steps
from .lags import Lags, kernel, measure_lags
from .online import OnlineStep, rtrl
from .overlap import Overlap
from .plots import plot
from .prose import describe, report, verdict
from .randomised import artbp
from .restart import reset
from .schedule import truncated_bptt
from .streams import CharText, TokenRows
from .window import Window

__all__ = [
    "CharText",
    "Checkpointed",
    "Lags",
    "OnlineStep",
    "Overlap",
    "TokenRows",
    "Window",
    "artbp",
    "checkpointed_bptt",
    "describe",
    "forward_steps",
    "kernel",
    "measure_lags",
    "plot",
    "report",
    "reset",
    "rtrl",
    "truncated_bptt",
    "verdict",
]
