"""False and malformed statements, each with a part of the reason for which it is refused."""

from __future__ import annotations

from minigrad.statements import Statement
from tests.draw.cases.common import Beside, Ids, Made, plainly
from tests.draw.cases.gradients import norm_of
from tests.draw.cases.values import unmarked

Refused = tuple[str, Made, str, Beside]


def _case(program: str, made: Made, reason: str, beside: Beside = plainly) -> Refused:
    return program, made, reason, beside


def _nothing(i: Ids) -> list[Statement]:
    return []


def _shifted(i: Ids) -> list[Statement]:
    """Most steps counted as the marks say, and the last one otherwise."""
    return [*i.steps(last=5), Statement("step", i.of_step(6), 7)]


def _gaps(i: Ids) -> list[Statement]:
    return [s for s in unmarked(i) if s.said != 3]


def _torn(i: Ids) -> list[Statement]:
    """Steps of an unmarked loop, whose last record is taken for a step of its own."""
    last = i.records[-1].out
    kept = [s._replace(ids=tuple(k for k in s.ids if k != last)) for s in unmarked(i)]
    return [*kept, Statement("step", (last,), 9)]


def _sum(i: Ids, ids: list[int], weights: tuple[float, ...]) -> Statement:
    """The last of the ids as a sum of the others."""
    return Statement("sum", (ids[-1], *ids[:-1]), (*weights, 0.0))


def _apart(i: Ids) -> list[Statement]:
    """Steps of one operation each, of which none takes what another computed."""
    return [Statement("step", (k,), t) for t, k in enumerate(i.op("multiply"), 1)]


KINDS_OF_PAIRS = ("operand", "carried", "start", "reset")
KINDS_OF_RECORDS = ("step", "before", "after", "repeats", "state")
KINDS_OF_WALKS = ("walk", "counts", "seed", "total", "reached", "norm", "derivative", "gradient", "stops")

REFUSED: list[Refused] = [
    *(_case("plain", lambda i, k=k: Statement(k, (), 1), "about nothing") for k in KINDS_OF_RECORDS),
    *(_case("plain", lambda i, k=k: Statement(k, (i.leaf("w"),), 1), "is no record") for k in KINDS_OF_RECORDS),
    *(_case("plain", lambda i, k=k: Statement(k, (i.h[1],), 1), "not about two ids") for k in KINDS_OF_PAIRS),
    *(_case("plain", lambda i, k=k: Statement(k, (i.h[1], 99), 1), "%99 is no record") for k in KINDS_OF_PAIRS),
    *(_case("plain", lambda i, k=k: Statement(k, (99, i.h[1]), 1), "there is no %99") for k in KINDS_OF_PAIRS),
    *(_case("plain", lambda i, k=k: Statement(k, (i.h[1],), 1.0), "no walk that there was") for k in KINDS_OF_WALKS),
    *(_case("plain", lambda i, k=k: Statement(k, (), None, walk=1), "") for k in KINDS_OF_WALKS),
    _case("plain", lambda i: Statement("step", i.of_step(1), 0), "no step from 1"),
    _case("plain", lambda i: Statement("step", i.of_step(1)[:1], 2), "is in two steps"),
    _case("plain", lambda i: Statement("step", i.of_step(3) + i.of_step(4), 3), "between different marks", _nothing),
    _case("plain", lambda i: Statement("step", i.of_step(6), 7), "counted in two ways", _shifted),
    _case("unmarked loop", lambda i: unmarked(i)[4], "not counted from 1", _gaps),
    _case("unmarked loop", lambda i: unmarked(i)[1]._replace(said=9), "not wholly", lambda i: unmarked(i)[2:]),
    _case("unmarked loop", lambda i: Statement("step", (i.records[-1].out,), 9), "no other step is like it", _torn),
    _case("unmarked loop", lambda i: _apart(i)[3], "nothing goes from", _apart),
    _case("encoder", lambda i: Statement("before", i.of_step(0)), "no loop", _nothing),
    _case("encoder", lambda i: Statement("before", i.of_step(6)), "after the first step began"),
    _case("after the loop", lambda i: Statement("after", i.of_step(1)), "before the last step ended"),
    _case("after the loop", lambda i: Statement("after", i.of_step(6)), "no loop", _nothing),
    _case("plain", lambda i: Statement("repeats", (i.h[1],), "tanh"), "repeats nothing"),
    _case("plain", lambda i: Statement("operand", (i.h[1], i.h[2]), 4), "has 1 operands"),
    _case("plain", lambda i: Statement("carried", (i.leaf("w"), i.op("multiply")[0]), 1), "leaf was not computed"),
    _case(
        "encoder",
        lambda i: Statement("carried", (i.h[1], i.op("matmul")[1]), 1),
        "in no step",
        lambda i: [*i.steps(), Statement("before", i.of_step(0))],
    ),
    _case("plain", lambda i: i.row(""), "no name"),
    _case("one step", lambda i: i.row(), "no later step takes it"),
    _case("bidirectional", lambda i: i.row(), "two rows", lambda i: i.steps()),
    _case("same name everywhere", lambda i: Statement("start", (i.h[1], i.op("multiply")[0])), "is no leaf"),
    _case("plain", lambda i: Statement("start", (i.leaf("h0"), i.h[1])), "does not take it"),
    _case("plain", lambda i: Statement("reset", (i.h[1], i.op("multiply")[1])), "is no leaf"),
    _case("plain", lambda i: Statement("detached", (i.h[1],), 1), "not about two ids"),
    _case("plain", lambda i: Statement("detached", (i.leaf("w"), i.leaf("h0")), 1), "a leaf and a result"),
    _case("walks overlap", lambda i: Statement("counts", i.h[1:2], (1, 1), walk=2), "an earlier walk"),
    _case("outputs stacked", lambda i: Statement("counts", i.h[1:2], (1, 1), walk=1), "is no loss"),
    _case("seed of a hundred", lambda i: Statement("seed", (i.h[1],), 1.0, walk=1), "did not begin there"),
    _case("plain", lambda i: Statement("gradient", (i.h[1], i.leaf("w")), 4, walk=1), "has that lag"),
    _case(
        "encoder",
        lambda i: Statement("gradient", (i.h[2], i.h[1]), 1, walk=1),
        "in no step",
        lambda i: [*i.steps(), Statement("before", i.of_step(0))],
    ),
    _case(
        "gradient of a state",
        lambda i: Statement("stops", (i.h[2], i.op("multiply")[2]), walk=1),
        "no cotangent arrived",
    ),
    _case(
        "gradient of a state", lambda i: Statement("stops", (i.leaf("w"), i.op("multiply")[3]), walk=1), "does not take"
    ),
    _case("encoder and decoder", lambda i: Statement("stops", (i.leaf("go"), i.op("add")[4]), walk=1), "does not take"),
    _case("plain", lambda i: Statement("k", (), 6), "no k1 and k2"),
    _case("micrograd", lambda i: Statement("k", (), (1, 1)), "no steps", _nothing),
    _case("walks overlap", lambda i: Statement("k", (), (3, 4)), "counted 2 new steps"),
    _case("walks overlap", lambda i: Statement("k", (), (2, 5)), "went back over 4 steps"),
    _case("plain", lambda i: Statement("k", (), (6, 6)), "no walk was limited"),
    _case("walks overlap", lambda i: Statement("norm", (i.h[1],), True, walk=1), "the norm is"),
    _case("plain", lambda i: Statement("sum", (i.records[-1].out, i.h[1]), ((1.0,), 0.0)), "no weights"),
    _case("plain", lambda i: Statement("sum", (i.records[-1].out,), (0.0,)), "its losses"),
    _case("running total", lambda i: _sum(i, i.op("add")[:2], (1.0, 1.0)), "one weight"),
    _case("walks overlap", lambda i: _sum(i, [i.op("square")[0], i.op("square")[6]], (1.0,)), "a constant there"),
    _case("checkpointed", lambda i: _sum(i, [i.records[-1].out] * 2, (1.0,)), "one weight"),
    _case("plain", lambda i: Statement("zero", (i.h[1],)), "not about one leaf"),
    _case("plain", lambda i: Statement("value", (99,), 1.0), "no such id"),
    _case("plain", lambda i: Statement("value", (i.leaf("h0"),), True), "its value is"),
    _case("plain", lambda i: Statement("value", (i.leaf("h0"),), "1"), "its value is"),
    _case("plain", lambda i: Statement("constant", (i.leaf("w"),), (0, 1.0)), "no such record"),
    _case("decayed total", lambda i: Statement("constant", (i.op("multiply")[2],), 0.9), "no position"),
    _case("constants of other dtypes", lambda i: Statement("constant", (i.op("multiply")[0],), (1, 0.0)), "10 numbers"),
    _case("plain", lambda i: Statement("parameter", (i.leaf("w"),), None), "no colour"),
    _case("windows of three", lambda i: Statement("kept", (i.h[1],), 24, walk=1, cut=1), "to a walk and to a cut"),
    _case("plain", lambda i: Statement("kept", (i.h[1],), 8, walk=2), "no such walk"),
    _case("plain", lambda i: Statement("kept", (i.h[1],), 8, cut=1), "no such walk or cut"),
    _case("cut without a walk", lambda i: Statement("kept", (i.h[4],), 16, cut=1), "did not drop"),
    _case("cut without a walk", lambda i: Statement("kept", (i.h[1],), 16), "did not hold"),
    _case("not walked", lambda i: Statement("kept", (i.h[1], i.h[1]), 32), "counted twice"),
    _case("plain", lambda i: Statement("window", (), (0, 1, 6, 1)), "no window"),
    _case("two walks", lambda i: Statement("norm", (i.h[1],), norm_of(i, 1, i.h[1]), walk=2), "the norm is"),
]
