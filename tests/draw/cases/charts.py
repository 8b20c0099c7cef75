"""Statements about charts: how far gradients reach, and what the tape kept at each moment."""

from __future__ import annotations

import numpy as np

from minigrad.statements import Statement
from tests.draw.cases.common import Case, Ids, false, true


def _slope(i: Ids, walk: int, state: int) -> float:
    """What arrived at a state in a walk from one loss alone."""
    return float(np.linalg.norm(i.tape.walks[walk - 1].cotangents[state]))


def _end(i: Ids) -> int:
    return i.op("square")[-1]


FLOW: list[Case] = [
    true("plain", lambda i: Statement("flow", (_end(i), i.h[2]), _slope(i, 1, i.h[2]), walk=1)),
    true("stop gradient", lambda i: Statement("flow", (_end(i), i.h[1]), 0.0, walk=1)),
    false("plain", lambda i: Statement("flow", (_end(i), i.h[2]), 0.0, walk=1)),
    false("plain", lambda i: Statement("flow", (_end(i), i.h[2]), _slope(i, 1, i.h[2]))),
    false("plain", lambda i: Statement("flow", (_end(i), i.op("multiply")[1]), 1.0, walk=1)),
    false("walks overlap", lambda i: Statement("flow", (_end(i), i.h[4]), 0.0, walk=4)),
    true("walks overlap", lambda i: Statement("behind", (_end(i), i.h[4]), 4, walk=4, cut=3)),
    true("walks overlap", lambda i: Statement("behind", (_end(i), i.h[1]), 7, walk=4, cut=2)),
    false("walks overlap", lambda i: Statement("behind", (_end(i), i.h[4]), 4, walk=4, cut=2)),
    false("walks overlap", lambda i: Statement("behind", (_end(i), i.h[4]), 3, walk=4, cut=3)),
    false("walks overlap", lambda i: Statement("behind", (_end(i), i.h[5]), 3, walk=4, cut=4)),
]

BYTES: list[Case] = [
    true("cut without a walk", lambda i: Statement("nbytes", (i.h[2],), 32, cut=1)),
    true("walks overlap", lambda i: Statement("nbytes", (i.records[-1].out,), i.tape.nbytes)),
    false("cut without a walk", lambda i: Statement("nbytes", (i.h[2],), 48, cut=1)),
    false("cut without a walk", lambda i: Statement("nbytes", (i.h[2],), 32, walk=1)),
    false("walks overlap", lambda i: Statement("nbytes", (i.records[-1].out,), i.tape.nbytes + 8)),
]

CASES = FLOW + BYTES
