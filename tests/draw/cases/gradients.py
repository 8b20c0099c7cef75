"""Statements about walks, sums and windows."""

from __future__ import annotations

import math

import numpy as np

from minigrad.statements import Statement
from tests.draw.cases.common import Case, Ids, false, plainly, true


def norm_of(i: Ids, walk: int, k: int) -> float:
    return float(np.linalg.norm(i.tape.walks[walk - 1].cotangents[k]))


def _total(i: Ids, walk: int = 1) -> float:
    seeds = i.tape.walks[walk - 1].seeds
    return float(sum(np.sum(g * i.tape.values[k]) for k, g in seeds.items()))


def _losses(i: Ids) -> tuple[int, ...]:
    return tuple(i.op("square"))


def _end(i: Ids) -> int:
    return i.records[-1].out


def _memory(i: Ids) -> int:
    return int(i.source.bytes_kept)


WALKS: list[Case] = [
    true("walks overlap", lambda i: Statement("walk", _losses(i)[:2], (1, 2), walk=1)),
    true("walks overlap", lambda i: Statement("walk", _losses(i)[4:6], (3, 6), walk=3)),
    true("two walks", lambda i: Statement("walk", _losses(i)[:1], (1, 1), walk=2)),
    false("walks overlap", lambda i: Statement("walk", _losses(i)[4:6], (5, 6), walk=3)),
    false("walks overlap", lambda i: Statement("walk", _losses(i)[:2], (1, 2), walk=5)),
    false("two walks", lambda i: Statement("walk", _losses(i)[2:], (1, 3), walk=2)),
    true("walks overlap", lambda i: Statement("counts", _losses(i)[2:4], (3, 4), walk=2)),
    true("mean of all but the first", lambda i: Statement("counts", _losses(i)[1:], (2, 4), walk=1)),
    false("walks overlap", lambda i: Statement("counts", _losses(i)[:2], (1, 2), walk=2)),
    false("mean of all but the first", lambda i: Statement("counts", _losses(i), (1, 4), walk=1)),
    false("walks overlap", lambda i: Statement("counts", _losses(i)[2:4], (1, 4), walk=2)),
    true("seed of a hundred", lambda i: Statement("seed", (_end(i),), 100.0, walk=1)),
    true("plain", lambda i: Statement("seed", (_end(i),), 1.0, walk=1)),
    false("seed of a hundred", lambda i: Statement("seed", (_end(i),), 1.0, walk=1)),
    false("target of a target", lambda i: Statement("seed", (_losses(i)[0],), 2.0, walk=1)),
    true("target of a target", lambda i: Statement("total", (_losses(i)[0], _end(i)), _total(i), walk=1)),
    true("seed of a hundred", lambda i: Statement("total", (_end(i),), 100 * float(i.tape.values[_end(i)]), walk=1)),
    false("target of a target", lambda i: Statement("total", (_end(i),), float(i.tape.values[_end(i)]), walk=1)),
    false("seed of a hundred", lambda i: Statement("total", (_end(i),), float(i.tape.values[_end(i)]), walk=1)),
    true("stop gradient", lambda i: Statement("reached", (i.h[3],), walk=1)),
    true("lag of two", lambda i: Statement("reached", (i.h[2],), walk=1)),
    false("stop gradient", lambda i: Statement("reached", (i.h[2],), walk=1)),
    false("two walks", lambda i: Statement("reached", (i.h[3],), walk=2)),
    true("plain", lambda i: Statement("norm", (i.h[2],), norm_of(i, 1, i.h[2]), walk=1)),
    true("RNN cell", lambda i: Statement("norm", (i.h[5],), norm_of(i, 2, i.h[5]), walk=2)),
    false("two walks", lambda i: Statement("norm", (i.h[1],), norm_of(i, 1, i.h[1]), walk=2)),
    false("seed of a hundred", lambda i: Statement("norm", (i.h[2],), norm_of(i, 1, i.h[2]) / 100, walk=1)),
    false("plain", lambda i: Statement("norm", (i.h[2],), norm_of(i, 1, i.h[2]))),
    false("stop gradient", lambda i: Statement("norm", (i.h[2],), 0.0, walk=1)),
    true("micrograd", lambda i: Statement("derivative", (i.leaf("a"),), 138.83381924198252, walk=1)),
    true("two walks", lambda i: Statement("derivative", (i.h[1],), float(i.tape.walks[1].cotangents[i.h[1]]), walk=2)),
    false("micrograd", lambda i: Statement("derivative", (i.leaf("a"),), 138.83, walk=1)),
    false("micrograd", lambda i: Statement("derivative", (i.leaf("a"),), -138.83381924198252, walk=1)),
    false("RNN cell", lambda i: Statement("derivative", (i.h[5],), norm_of(i, 2, i.h[5]), walk=2)),
    true("plain", lambda i: Statement("gradient", (i.h[3], i.h[2]), 1, walk=1)),
    true("plain", lambda i: Statement("gradient", (i.h[1], i.leaf("w")), None, walk=1)),
    true("lag of two", lambda i: Statement("gradient", (i.h[6], i.h[4]), 2, walk=1)),
    true("lags of one and three", lambda i: Statement("gradient", (i.h[6], i.h[3]), 3, walk=1)),
    true("encoder and decoder", lambda i: Statement("gradient", (i.h[5], i.h[4]), 1, walk=1)),
    true(
        "LSTM whose c is forgotten",
        lambda i: Statement("gradient", (i.op("add")[5], i.op("add")[3]), 1, walk=1),
        lambda i: [*i.steps(), Statement("state", tuple(i.op("add")[1::2]), "c")],
    ),
    false("stop gradient", lambda i: Statement("gradient", (i.h[3], i.h[2]), 1, walk=1)),
    false("wrapped again", lambda i: Statement("gradient", (i.h[3], i.h[2]), 1, walk=1)),
    false("fresh state", lambda i: Statement("gradient", (i.h[3], i.h[2]), 1, walk=1)),
    false("lag of two", lambda i: Statement("gradient", (i.h[6], i.h[5]), 1, walk=1)),
    false("lag of two", lambda i: Statement("gradient", (i.h[6], i.h[4]), 1, walk=1)),
    false("plain", lambda i: Statement("gradient", (i.h[3], i.h[1]), 2, walk=1)),
    false("outputs stacked", lambda i: Statement("gradient", (i.op("matmul")[5], i.op("matmul")[3]), 1, walk=1)),
    false("bidirectional", lambda i: Statement("gradient", (i.h[5], i.h[4]), 1, walk=1), lambda i: i.steps()),
    false("walks overlap", lambda i: Statement("gradient", (i.h[3], i.h[2]), 1, walk=3)),
    false(
        "LSTM whose c is forgotten",
        lambda i: Statement("gradient", (i.h[5], i.h[4]), 1, walk=1),
        lambda i: [*i.steps(), Statement("state", tuple(i.op("add")[1::2]), "c")],
    ),
    true("walks overlap", lambda i: Statement("stops", (i.h[2], i.op("multiply")[2]), walk=3, cut=2)),
    true("windows of three", lambda i: Statement("stops", (i.h[3], i.op("matmul")[10]), walk=2, cut=1)),
    true("lag mask", lambda i: Statement("stops", (i.h[1], i.op("matmul")[4]), walk=4)),
    false("walks overlap", lambda i: Statement("stops", (i.h[2], i.op("multiply")[2]), walk=2, cut=2)),
    false("walks overlap", lambda i: Statement("stops", (i.h[2], i.op("multiply")[2]), walk=3, cut=1)),
    false("walks overlap", lambda i: Statement("stops", (i.h[1], i.op("multiply")[1]), walk=3, cut=2)),
    false("stop gradient", lambda i: Statement("stops", (i.h[2], i.op("multiply")[2]), walk=1)),
    true("walks overlap", lambda i: Statement("k", (), (2, 4))),
    true("k1 = 2, k2 = 5", lambda i: Statement("k", (), (2, 5))),
    true("windows of three", lambda i: Statement("k", (), (3, 3))),
    true("lag mask", lambda i: Statement("k", (), (1, 3))),
    false("walks overlap", lambda i: Statement("k", (), (2, 2))),
    false("k1 = 2, k2 = 5", lambda i: Statement("k", (), (2, 4))),
    false("first window of k2 = 5", lambda i: Statement("k", (), (2, 2))),
    false("plain", lambda i: Statement("k", (), (6, 6))),
]


def _sum(i: Ids, weights: tuple[float, ...], constant: float = 0.0, losses: tuple[int, ...] | None = None) -> Statement:
    return Statement("sum", (_end(i), *(_losses(i) if losses is None else losses)), (*weights, constant))


def _stacked(i: Ids) -> tuple[int, ...]:
    return _losses(i)[1:]


def _stopped(i: Ids) -> float:
    """The total of the first two losses, which was detached."""
    return float(i.tape.values[i.op("add")[1]])


SUMS: list[Case] = [
    true("running total", lambda i: _sum(i, (1.0,) * 4)),
    true("running total", lambda i: Statement("sum", (i.op("add")[1], *_losses(i)[:2]), (1.0, 1.0, 0.0))),
    true("decayed total", lambda i: _sum(i, (0.729, 0.81, 0.9, 1.0))),
    true("divided by T", lambda i: _sum(i, (0.25,) * 4)),
    true("half of the sum", lambda i: _sum(i, (0.5,) * 4)),
    true("halved at each step", lambda i: _sum(i, (1 / 16, 1 / 8, 1 / 4, 1 / 2))),
    true("mean of all but the first", lambda i: _sum(i, (1 / 3,) * 3, 0.0, _stacked(i))),
    true("doubled total", lambda i: _sum(i, (2.0,) * 4)),
    true("average with a start", lambda i: _sum(i, (0.0729, 0.081, 0.09, 0.1), 3 * 0.9**4)),
    true("running mean", lambda i: _sum(i, (0.25,) * 4)),
    true("total that begins at a leaf", lambda i: _sum(i, (1.0,) * 4)),
    true("total that stops", lambda i: _sum(i, (1.0, 1.0), _stopped(i), _losses(i)[2:])),
    true("two kinds of loss", lambda i: _sum(i, (1.0,) * 4 + (0.1,) * 4, 0.0, (*_losses(i), *i.op("abs")))),
    true("marks at the end, running total", lambda i: _sum(i, (1.0,) * 6), lambda i: i.steps(1)),
    false("decayed total", lambda i: _sum(i, (1.0,) * 4)),
    false("divided by T", lambda i: _sum(i, (1.0,) * 4)),
    false("halved at each step", lambda i: _sum(i, (0.5,) * 4)),
    false("mean of all but the first", lambda i: _sum(i, (0.25,) * 4)),
    false("doubled total", lambda i: _sum(i, (1.0,) * 4)),
    false("two kinds of loss", lambda i: _sum(i, (1.0,) * 4)),
    false("average with a start", lambda i: _sum(i, (0.0729, 0.081, 0.09, 0.1))),
    false("product of losses", lambda i: _sum(i, *_tangent(i))),
    false("total that stops", lambda i: _sum(i, (1.0,) * 4)),
    false("running total", lambda i: _sum(i, (1.0,) * 3, float(i.tape.values[_losses(i)[3]]), _losses(i)[:3])),
]


def _tangent(i: Ids) -> tuple[tuple[float, ...], float]:
    """The derivatives of a product and what is left: they make its value, and only that."""
    values = [float(i.tape.values[k]) for k in _losses(i)]
    product = math.prod(values)
    return tuple(product / value for value in values), -3 * product


WINDOWS: list[Case] = [
    true("k1 = 2, k2 = 5", lambda i: Statement("window", (), (3, 7, 8, 4))),
    true("recomputed", lambda i: Statement("window", (), (2, 5, 6, 3))),
    true("first window of k2 = 5", lambda i: Statement("window", (), (0, 1, 2, 1))),
    false("k1 = 2, k2 = 5", lambda i: Statement("window", (), (3, 7, 8, 5))),
    false("plain", lambda i: Statement("window", (), (0, 1, 6, 1))),
    true("k1 = 2, k2 = 5", lambda i: Statement("lag", (), (4, 3.5))),
    true("lag mask", lambda i: Statement("lag", (), (2, 2.0))),
    false("k1 = 2, k2 = 5", lambda i: Statement("lag", (), (5, 3.5))),
    false("k1 = 2, k2 = 5", lambda i: Statement("lag", (), (4, 4.0))),
    true("lag mask", lambda i: Statement("scheme", (), ("lag mask", "keep"))),
    true("recomputed", lambda i: Statement("scheme", (), ("window", "recompute"))),
    false("recomputed", lambda i: Statement("scheme", (), ("window", "keep"))),
    false("k1 = 2, k2 = 5", lambda i: Statement("scheme", (), ("lag mask", "keep"))),
    true("windows of three", lambda i: Statement("memory", (), _memory(i))),
    true("lag mask", lambda i: Statement("memory", (), _memory(i))),
    false("windows of three", lambda i: Statement("memory", (), _memory(i) + 8)),
    false("windows of three", lambda i: Statement("memory", (), 0)),
]

CASES = WALKS + SUMS + WINDOWS
__all__ = ["CASES", "plainly"]
