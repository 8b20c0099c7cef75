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


def _product(i: Ids) -> float:
    """The derivative of the only loss by the state of step 5."""
    return float(i.tape.walks[0].cotangents[i.h[5]])


def _last(i: Ids) -> tuple[int, ...]:
    """The way from the state of step 5 to the loss."""
    return tuple(range(i.h[5], i.records[-1].out + 1))


WAYS: list[Case] = [
    true("plain", lambda i: Statement("ways", (i.h[1], i.h[4]), 1)),
    true("lags of one and three", lambda i: Statement("ways", (i.h[1], i.h[2]), 1)),
    false("plain", lambda i: Statement("ways", (i.h[1], i.h[4]), 2)),
    false("stop gradient", lambda i: Statement("ways", (i.h[1], i.h[4]), 1)),
    false("windows of three", lambda i: Statement("ways", (i.h[3], i.h[4]), 1)),
    true("plain", lambda i: Statement("path", _last(i), _product(i))),
    true("seed of a hundred", lambda i: Statement("path", _last(i), _product(i) / 100)),
    false("plain", lambda i: Statement("path", _last(i), 2 * _product(i))),
    false("plain", lambda i: Statement("path", (i.h[4], i.h[5]), 1.0)),
]

CASES = FLOW + BYTES + WAYS
