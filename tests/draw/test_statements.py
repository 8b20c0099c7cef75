"""Whatever a drawing claims is true and proven: the forty programs and loops at random, in all views, audited."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

import minigrad as mg
from minigrad.statements import Statement
from tests.draw.audit import Auditor
from tests.draw.programs import OPTIONS, PROGRAMS
from tests.draw.random_programs import Plan, Row, loops, run

pytestmark = pytest.mark.unwitnessed("some values of a run are changed, so that its derivative rules are not right")
VIEWS: tuple[Any, ...] = ("unfolded", "folded", "both")
AT_RANDOM = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

ROW = Row("tanh", (1,), -1, "one", "numbers", "all")
PLAN = Plan(6, 0, "begin", (ROW,), (), False, False, "list", 0, 0, "once", False, False, False, 0, False)


def _claimed(source: Any, **options: Any) -> list[list[Statement]]:
    """What each view claims."""
    return [list(mg.draw(source, view=view, **options).statements()) for view in VIEWS]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_drawn_without_a_false_word(name: str) -> None:
    source = PROGRAMS[name]()
    ends = name.startswith("marks at the end")
    for view, statements in zip(VIEWS, _claimed(source, **OPTIONS.get(name, {})), strict=True):
        assert Auditor(source, PROGRAMS[name], statements, ends=ends).faults() == [], view


@AT_RANDOM
@given(loops())
@example(PLAN)
@example(replace(PLAN, marks="end", loss="total"))
@example(replace(PLAN, breaks=((3, 0, "stop"),)))
@example(replace(PLAN, breaks=((3, 0, "fresh"),), every=2, keep=1))
@example(replace(PLAN, rows=(replace(ROW, lags=(1, 3)), replace(ROW, beside=0)), loss="average", walk="two"))
def test_a_loop_at_random_is_drawn_without_a_false_word(plan: Plan) -> None:
    source = run(plan)
    for view, statements in zip(VIEWS, _claimed(source), strict=True):
        assert Auditor(source, lambda: run(plan), statements, ends=plan.marks == "end").faults() == [], view


@pytest.mark.skipif(os.environ.get("MINIGRAD_CI") != "1", reason="takes minutes: .ci/run does it")
@settings(AT_RANDOM, max_examples=500)
@given(loops())
def test_five_hundred_loops_at_random_are_drawn_without_a_false_word(plan: Plan) -> None:
    source = run(plan)
    for view, statements in zip(VIEWS, _claimed(source), strict=True):
        assert Auditor(source, lambda: run(plan), statements, ends=plan.marks == "end").faults() == [], view
