"""The auditor, on statements written by hand: of each kind true ones, which pass, and false ones, which do not."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import minigrad as mg
import tests.draw.audit
from minigrad.statements import Statement
from tests.draw.audit import Auditor, audit
from tests.draw.audits.context import CHECKS
from tests.draw.cases import charts, gradients, refused, values
from tests.draw.cases.common import Case, Ids
from tests.draw.programs import PROGRAMS

pytestmark = pytest.mark.unwitnessed("some values of a run are changed, so that its derivative rules are not right")
CASES: list[Case] = [*values.CASES, *gradients.CASES, *charts.CASES]


def _name(case: Case) -> str:
    statement = case.made(Ids(PROGRAMS[case.program]()))
    return f"{statement.kind} {statement.said} of {case.program}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_statement_by_hand(case: Case) -> None:
    program = PROGRAMS[case.program]
    source = program()
    ids = Ids(source)
    statement, beside = case.made(ids), case.beside(ids)
    reason = audit(statement, source, program, [*beside, statement])
    if case.true:
        assert reason is None, f"{statement}: {reason}"
    else:
        assert reason is not None, f"{statement} is false, and was believed"


def _said(case: refused.Refused) -> str:
    program, made, reason, _ = case
    return f"{made(Ids(PROGRAMS[program]()))[:3]} of {program}, {reason}"


@pytest.mark.parametrize("case", refused.REFUSED, ids=_said)
def test_why_a_statement_is_refused(case: refused.Refused) -> None:
    name, made, part, beside = case
    source = PROGRAMS[name]()
    ids = Ids(source)
    reason = audit(made(ids), source, PROGRAMS[name], [*beside(ids), made(ids)])
    assert reason is not None
    assert part in reason


def test_every_kind_of_the_table_has_two_true_and_two_false_examples() -> None:
    table = Path(__file__).parents[2].joinpath("docs/statements.md").read_text("utf-8")
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    kinds = {kind for cell in first for kind in cell.split("`")[1::2]}
    assert kinds == CHECKS.keys()
    count = Counter((case.made(Ids(PROGRAMS[case.program]())).kind, case.true) for case in CASES)
    few = [(kind, truth) for kind in kinds for truth in (True, False) if count[kind, truth] < 2]
    assert not few


def test_an_unknown_kind_and_an_unknown_walk_are_refused() -> None:
    program = PROGRAMS["plain"]
    assert audit(Statement("beautiful"), program(), program) == "there is no kind 'beautiful'"
    assert audit(Statement("reached", (3,), walk=2), program(), program) == "there is no such walk or cut"
    assert audit(Statement("cuts", (), 0, cut=1), program(), program) == "there is no such walk or cut"


def test_the_auditor_knows_nothing_of_draw() -> None:
    folder = Path(tests.draw.audit.__file__).parent
    names = ["audit", "evidence", "rerun", "random_programs", "programs"]
    files = [folder / f"{name}.py" for name in names]
    files += [path for part in ("audits", "cases", "forty") for path in (folder / part).glob("*.py")]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [module]
            assert not any(name.startswith("minigrad.draw") for name in names), path.name
            assert not (isinstance(node, ast.Attribute) and node.attr == "draw"), path.name


def test_a_value_that_is_there_by_chance_is_not_called_detached() -> None:
    """The state does not change, and a fresh one of its value takes its place: nothing passes."""

    def program() -> mg.Tape:
        w, h = mg.parameter(1.0, name="w"), mg.tensor(1 / 3, name="h0")
        with mg.Tape(inspect=True) as tape:
            for t in range(1, 5):
                tape.mark()
                h = w * (mg.tensor(1 / 3) if t == 3 else h)
            tape.backward(h)
        return tape

    ids = Ids(source := program())
    beside = [*ids.steps(), ids.row("h", "multiply")]
    (leaf,) = ids.unnamed
    states = ids.op("multiply")
    claimed = Statement("detached", (leaf, states[1]), 1)
    assert audit(claimed, source, program, [*beside, claimed]) == (
        "with another value of the source, the leaf's does not change"
    )


def test_a_sum_of_what_cannot_be_run_by_itself_is_not_proven() -> None:
    def program() -> mg.Tape:
        w, h = mg.parameter(0.5, name="w"), mg.tensor(1.0, name="h0")
        region = mg.custom_vjp(lambda x: mg.tanh(x))
        region.defvjp(lambda g, out, x: g * (1.0 - out * out))
        with mg.Tape(inspect=True) as tape:
            h = region(w * h)
            tape.backward(h + h)
        return tape

    *_, loss, total = (record.out for record in program().records)
    claimed = Statement("sum", (total, loss), (2.0, 0.0))
    assert (audit(claimed, program(), program) or "").startswith("not proven")


# -- what is missing -------------------------------------------------------------------------------


def _missing(program: str, *more: Statement) -> list[str]:
    source = PROGRAMS[program]()
    ids = Ids(source)
    return Auditor(source, PROGRAMS[program], [*ids.steps(), ids.row(), *more]).missing()


def test_a_seed_of_a_hundred_may_not_go_without_a_word() -> None:
    norm = Statement("norm", (3,), 1.0, walk=1)
    (word,) = _missing("seed of a hundred", norm)
    assert "began at %14 with 100.0" in word
    assert not _missing("seed of a hundred", norm, Statement("seed", (14,), 100.0, walk=1))
    assert not _missing("plain", norm)


def test_a_lane_says_where_it_is_detached_and_where_a_walk_stopped() -> None:
    (word,) = _missing("stop gradient")
    assert "detached" in word
    assert not _missing("stop gradient", Statement("detached", (6, 5), 1))
    lane = [Statement("gradient", pair, 1, walk=3) for pair in ((23, 19), (19, 15), (15, 11))]
    lane += [Statement("norm", (i,), 1.0, walk=3) for i in (23, 19, 15, 11)]
    assert _missing("walks overlap", *lane) == ["walk 3 stopped between %10 and %7, and nothing says so"]
    assert not _missing("walks overlap", *lane, Statement("stops", (7, 10), walk=3, cut=2))
    assert _missing("walks overlap", *lane[:1], *lane[2:], Statement("stops", (7, 10), walk=3, cut=2)) == [
        "in walk 3 the gradient went from %19 to %15, and no arrow says so"
    ]


def test_a_parameter_without_a_colour_beside_coloured_ones_is_missed() -> None:
    ids = Ids(PROGRAMS["even and odd"]())
    drawn = Statement("records", tuple(record.out for record in ids.records), len(ids.records))
    some = [Statement("parameter", (ids.leaf(name),), name) for name in ("w", "even")]
    assert _missing("even and odd", drawn, *some) == [
        f"the parameter %{ids.leaf('odd')} has no colour, and others have"
    ]


def test_all_that_is_wrong_with_a_drawing_is_said_at_once() -> None:
    program = PROGRAMS["stop gradient"]
    ids = Ids(source := program())
    wrong = Statement("gradient", (ids.h[3], ids.h[2]), 1, walk=1)
    faults = Auditor(source, program, [*ids.steps(), ids.row(), wrong]).faults()
    assert len(faults) == 2
    assert faults[0].startswith("Statement(kind='gradient'")
