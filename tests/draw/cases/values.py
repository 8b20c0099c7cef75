"""Statements about values, names, bytes, steps and states."""

from __future__ import annotations

from minigrad.statements import Statement
from tests.draw.cases.common import Case, Ids, false, true


def _ended(i: Ids) -> list[Statement]:
    """The steps of a program whose marks end them."""
    return [*i.steps(1), i.row()]


def _colours(i: Ids) -> list[Statement]:
    return [Statement("parameter", (i.leaf(name),), colour) for name, colour in (("p1", 1), ("p2", 1), ("p3", 2))]


def unmarked(i: Ids) -> list[Statement]:
    outs = [record.out for record in i.records]
    return [Statement("step", tuple(outs[3 * n : 3 * n + 3]), n + 1) for n in range(8)]


def _without_readout(i: Ids) -> list[Statement]:
    """The steps, without the readout that was recorded in the stretch of the last one."""
    *steps, last = i.steps()
    return [*steps, last._replace(ids=last.ids[:3]), i.row()]


def _after_six(i: Ids) -> list[Statement]:
    return [*i.steps(1, last=5), i.row(), Statement("after", i.of_step(6))]


def _torn(i: Ids) -> list[Statement]:
    """The steps, without the first operation of the fourth."""
    steps = i.steps()
    return [*(s._replace(ids=s.ids[1:]) if s.said == 4 else s for s in steps), i.row()]


def _first_of_four(i: Ids) -> Statement:
    return Statement("between", i.of_step(4)[:1], 3)


def _torn(i: Ids) -> list[Statement]:
    """The steps, without the first operation of the fourth."""
    steps = i.steps()
    return [*(s._replace(ids=s.ids[1:]) if s.said == 4 else s for s in steps), i.row()]


def _first_of_four(i: Ids) -> Statement:
    return Statement("between", i.of_step(4)[:1], 3)


VALUES: list[Case] = [
    true("plain", _first_of_four, _torn),
    true("stop gradient", _first_of_four, _torn),
    false("plain", lambda i: _first_of_four(i)._replace(said=4), _torn),
    false("plain", lambda i: Statement("between", i.of_step(5)[:1], 3), _torn),
    true("running total", lambda i: Statement("replaced", (i.op("add")[0],), 0), Ids.steps),
    true("total that stops", lambda i: Statement("replaced", (i.op("add")[0],), 0), Ids.steps),
    false("running total", lambda i: Statement("replaced", (i.op("add")[1],), 0), Ids.steps),
    false("running total", lambda i: Statement("replaced", (i.op("tanh")[0],), 0), Ids.steps),
    true("plain", _first_of_four, _torn),
    true("stop gradient", _first_of_four, _torn),
    false("plain", lambda i: _first_of_four(i)._replace(said=4), _torn),
    false("plain", lambda i: Statement("between", i.of_step(5)[:1], 3), _torn),
    true("running total", lambda i: Statement("replaced", (i.op("add")[0],), 0), Ids.steps),
    true("total that stops", lambda i: Statement("replaced", (i.op("add")[0],), 0), Ids.steps),
    false("running total", lambda i: Statement("replaced", (i.op("add")[1],), 0), Ids.steps),
    false("running total", lambda i: Statement("replaced", (i.op("tanh")[0],), 0), Ids.steps),
    true("state of zeros", lambda i: Statement("zero", (i.leaf("h0"),))),
    true("state of zeros", lambda i: Statement("zero", (i.unnamed[0],))),
    false("state of five", lambda i: Statement("zero", (i.unnamed[0],))),
    false("state rebound", lambda i: Statement("zero", (i.leaf("h0"),))),
    false("empty state", lambda i: Statement("zero", (i.leaf("h0"),))),
    true("state of five", lambda i: Statement("value", (i.unnamed[0],), 5.0)),
    true("micrograd", lambda i: Statement("value", (i.records[-1].out,), float(i.tape.values[i.records[-1].out]))),
    false("state rebound", lambda i: Statement("value", (i.leaf("h0"),), 0.0)),
    false("outputs stacked", lambda i: Statement("value", (i.leaf("h0"),), 0.1)),
    true("decayed total", lambda i: Statement("constant", (i.op("multiply")[2],), (0, 0.9))),
    true("micrograd", lambda i: Statement("constant", (i.op("add")[2],), (1, 1.0))),
    false("decayed total", lambda i: Statement("constant", (i.op("multiply")[2],), (0, 0.8))),
    false("decayed total", lambda i: Statement("constant", (i.op("multiply")[2],), (1, 0.9))),
    false("array in concatenate", lambda i: Statement("constant", (i.op("concatenate")[0],), (0, 1.0))),
    true("plain", lambda i: Statement("name", (i.leaf("w"),), "w")),
    true("names with equal signs", lambda i: Statement("name", (i.leaf("a = c"),), "a = c")),
    false("names with equal signs", lambda i: Statement("name", (i.leaf("a = c"),), "a")),
    false("state beside an input", lambda i: Statement("name", (i.unnamed[0],), "z")),
    true("twelve parameters", lambda i: Statement("parameter", (i.leaf("p3"),), 2), _colours),
    true("plain", lambda i: Statement("parameter", (i.leaf("w"),), 1)),
    false("twelve parameters", lambda i: Statement("parameter", (i.leaf("p1"),), 1), _colours),
    false("plain", lambda i: Statement("parameter", (i.leaf("h0"),), 1)),
    true("plain", lambda i: Statement("grad", (i.leaf("w"),), abs(float(i.tape.leaves[i.leaf("w")].grad)))),
    true("seed of a hundred", lambda i: Statement("grad", (0,), abs(float(i.tape.leaves[0].grad)))),
    false("seed of a hundred", lambda i: Statement("grad", (0,), abs(float(i.tape.leaves[0].grad)) / 100)),
    false("not walked", lambda i: Statement("grad", (i.leaf("W"),), 0.0)),
    true("not walked", lambda i: Statement("kept", tuple(r.out for r in i.records), i.tape.nbytes)),
    true("constants of other dtypes", lambda i: Statement("kept", tuple(r.out for r in i.records), i.tape.nbytes)),
    true("windows of three", lambda i: Statement("kept", (i.h[4],), i.tape.walks[1].kept[i.h[4]], walk=2)),
    true("cut without a walk", lambda i: Statement("kept", tuple(r.out for r in i.records[:6]), 48, cut=1)),
    false("constants of other dtypes", lambda i: Statement("kept", tuple(r.out for r in i.records), 240)),
    false("windows of three", lambda i: Statement("kept", (i.h[4],), i.tape.walks[1].kept[i.h[4]])),
    false("two walks", lambda i: Statement("kept", (i.h[1],), i.tape.walks[0].kept.get(i.h[1], 8), walk=1)),
    false("windows of three", lambda i: Statement("kept", (i.h[1],), 24, cut=1)),
    true("plain", lambda i: Statement("steps", (), 6)),
    true("windows of three", lambda i: Statement("steps", (), 3, cut=1)),
    false("marks at the end, loss after", lambda i: Statement("steps", (), 7), _after_six),
    false("plain", lambda i: Statement("steps", (), 5)),
    true("plain", lambda i: Statement("operations", (), 13)),
    true("windows of three", lambda i: Statement("operations", (), 24, cut=1)),
    false("plain", lambda i: Statement("operations", (), 12)),
    false("windows of three", lambda i: Statement("operations", (), 48, cut=1)),
    true("walks overlap", lambda i: Statement("cuts", (), 4)),
    true("plain", lambda i: Statement("cuts", (), 0)),
    false("walks overlap", lambda i: Statement("cuts", (), 3)),
    false("plain", lambda i: Statement("cuts", (), 1)),
    true("plain", lambda i: Statement("records", tuple(r.out for r in i.records), 13)),
    true("windows of three", lambda i: Statement("records", tuple(r.out for r in i.records[:24]), 24, cut=1)),
    false("plain", lambda i: Statement("records", tuple(r.out for r in i.records), 12)),
    false("windows of three", lambda i: Statement("records", tuple(r.out for r in i.records), 48)),
    false("plain", lambda i: Statement("records", tuple(r.out for r in i.records[:12]), 12)),
]

PLACES: list[Case] = [
    true("plain", lambda i: Statement("step", i.of_step(3), 3)),
    true("marks at the end", lambda i: Statement("step", i.of_step(0), 1), _ended),
    true("unmarked loop", lambda i: unmarked(i)[3], unmarked),
    false("plain", lambda i: Statement("step", i.of_step(3), 4)),
    false("marks at the end", lambda i: Statement("step", i.of_step(1), 1)),
    false("marks at the end, cuts", lambda i: Statement("step", i.of_step(1), 1)),
    false("plain", lambda i: Statement("step", i.of_step(3) + i.of_step(4), 3)),
    false("unmarked loop", lambda i: Statement("step", (unmarked(i)[7].ids[-1],), 9), unmarked),
    true("encoder", lambda i: Statement("before", i.of_step(0))),
    true(
        "marks at the end, input before",
        lambda i: Statement("before", i.of_step(0)[:2]),
        lambda i: [Statement("step", i.of_step(0)[2:], 1), *i.steps(1)[1:]],
    ),
    false("marks at the end", lambda i: Statement("before", i.of_step(0)), lambda i: i.steps()),
    false("encoder", lambda i: Statement("before", i.of_step(1)), lambda i: i.steps()[1:]),
    true("after the loop", lambda i: Statement("after", i.of_step(6)[3:]), _without_readout),
    true("marks at the end, loss after", lambda i: Statement("after", i.of_step(6)), _after_six),
    false("plain", lambda i: Statement("after", i.of_step(6)), lambda i: i.steps(last=5)),
    false(
        "after the loop",
        lambda i: Statement("after", i.of_step(6)[2:]),
        lambda i: [*i.steps(last=5), Statement("step", i.of_step(6)[:2], 6)],
    ),
    true("plain", lambda i: Statement("repeats", tuple(i.h[1:]), "tanh")),
    true("attention", lambda i: Statement("repeats", tuple(i.op("concatenate")), "concatenate")),
    false("plain", lambda i: Statement("repeats", tuple(i.h[1:3]), "multiply")),
    false("LSTM by hand", lambda i: Statement("repeats", tuple(i.op("getitem")[:2]), "getitem")),
    false("layers inside", lambda i: Statement("repeats", tuple(i.h[1:3]), "tanh")),
    true("plain", lambda i: Statement("operand", (i.h[1], i.op("multiply")[1]), 1)),
    true("swapped pair", lambda i: Statement("operand", (i.leaf("b0"), i.op("matmul")[1]), 0)),
    false("plain", lambda i: Statement("operand", (i.h[1], i.op("multiply")[1]), 0)),
    false("stop gradient", lambda i: Statement("operand", (i.h[2], i.op("multiply")[2]), 1)),
    true("plain", lambda i: Statement("carried", (i.h[1], i.op("multiply")[1]), 1)),
    true("lag of two", lambda i: Statement("carried", (i.h[1], i.op("multiply")[2]), 2)),
    true("marks at the end", lambda i: Statement("carried", (i.h[1], i.op("multiply")[1]), 1), _ended),
    false("lag of two", lambda i: Statement("carried", (i.h[2], i.op("multiply")[2]), 1)),
    false("lag of two", lambda i: Statement("carried", (i.h[1], i.op("multiply")[2]), 1)),
    false("stop gradient", lambda i: Statement("carried", (i.h[2], i.op("multiply")[2]), 1)),
    false("after the loop", lambda i: Statement("carried", (i.h[6], i.op("relu")[0]), 1), _without_readout),
    true("plain", lambda i: i.row()),
    true("lag of two", lambda i: i.row()),
    true("stop gradient", lambda i: i.row()),
    true("fresh state", lambda i: i.row()),
    false("outputs stacked", lambda i: Statement("state", tuple(i.op("matmul")[1:12:2]), "y"), lambda i: i.steps()),
    false("losses after a cut", lambda i: Statement("state", tuple(i.op("square")), "l"), lambda i: i.steps()),
    false("layers inside", lambda i: i.row(), lambda i: i.steps()),
    false("bidirectional", lambda i: i.row(), lambda i: i.steps()),
    false("state beside an input", lambda i: i.row("z")),
    true("same name everywhere", lambda i: i.row("h")),
    true("two sequences", lambda i: i.row("h")),
    true("plain", lambda i: Statement("start", (i.leaf("h0"), i.op("multiply")[0]))),
    true("swapped pair", lambda i: Statement("start", (i.leaf("b0"), i.op("add")[0]))),
    true("lag of two", lambda i: Statement("start", (i.leaf("h1"), i.op("multiply")[1]))),
    true("encoder and decoder", lambda i: Statement("start", (i.leaf("go"), i.op("add")[4]))),
    false("encoder and decoder", lambda i: Statement("start", (i.leaf("x"), i.op("add")[0]))),
    false("state beside an input", lambda i: Statement("start", (i.leaf("z"), i.op("add")[0]))),
    false("plain", lambda i: Statement("start", (i.leaf("w"), i.op("multiply")[0]))),
    false("fresh state", lambda i: Statement("start", (i.unnamed[0], i.op("multiply")[2]))),
    true("stop gradient", lambda i: Statement("detached", (i.unnamed[0], i.h[2]), 1)),
    true("wrapped again", lambda i: Statement("detached", (i.unnamed[0], i.h[2]), 1)),
    false("fresh state", lambda i: Statement("detached", (i.unnamed[0], i.h[2]), 1)),
    false("stop gradient", lambda i: Statement("detached", (i.unnamed[0], i.h[1]), 2)),
    false("stop gradient", lambda i: Statement("detached", (i.unnamed[0], i.h[2]), 2)),
    true("fresh state", lambda i: Statement("reset", (i.unnamed[0], i.op("multiply")[2]))),
    true("state of zeros", lambda i: Statement("reset", (i.unnamed[0], i.op("matmul")[3]))),
    false("stop gradient", lambda i: Statement("reset", (i.unnamed[0], i.op("multiply")[2]))),
    false("plain", lambda i: Statement("reset", (i.leaf("h0"), i.op("multiply")[0]))),
    false("state beside an input", lambda i: Statement("reset", (i.leaf("z"), i.op("add")[0]))),
]

CASES = VALUES + PLACES
