"""The evidence itself: it agrees with what a tape remembers, and with differences of values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tests.draw.evidence import Evidence
from tests.draw.programs import PROGRAMS
from tests.draw.random_programs import Plan, loops, run
from tests.draw.rerun import changed

SOME = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def _check(evidence: Evidence) -> None:
    """Cotangents and bytes that were found once more are those that the tape remembers."""
    tape = evidence.tape
    assert len(evidence.walks) == len(tape.walks)
    for number, (walk, moment) in enumerate(zip(tape.walks, evidence.walks, strict=True), 1):
        again = evidence.cotangents(number)
        assert again.keys() == walk.cotangents.keys()
        for i, cotangent in walk.cotangents.items():
            size = float(np.max(np.abs(cotangent), initial=1.0))
            np.testing.assert_allclose(again[i], cotangent, rtol=1e-5, atol=1e-6 * size)
        assert {i: size for i, size in evidence.kept(moment).items() if size} == walk.kept
    assert sum(evidence.kept(evidence.now).values()) == tape.nbytes


@pytest.mark.unwitnessed("rules are called outside of a walk, where the witness knows no regions")
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_was_found_once_more_is_what_the_tape_remembers(name: str) -> None:
    _check(Evidence(PROGRAMS[name]))


@SOME
@given(loops())
def test_what_was_found_once_more_of_a_loop_is_what_its_tape_remembers(plan: Plan) -> None:
    _check(Evidence(lambda: run(plan)))


@SOME
@given(loops())
def test_cotangents_are_differences_of_values(plan: Plan) -> None:
    """All of a walk at once: along any direction the seeded targets change by what the cotangents say."""
    evidence = Evidence(lambda: run(plan))
    for number, moment in enumerate(evidence.walks, 1):
        found = evidence.cotangents(number)
        for i in [*found][:: max(1, len(found) // 4)]:
            step = 1e-6 * (1 + np.arange(found[i].size).reshape(found[i].shape))
            border = moment.border or 0
            values = [evidence.replay({i: evidence.tape.values[i] + s * step}, border) for s in (1, -1)]
            up, down = (sum(float(np.sum(g * each[k])) for k, g in moment.seeds.items()) for each in values)
            assert up - down == pytest.approx(2 * float(np.sum(found[i] * step)), rel=1e-4, abs=1e-9), (number, i)


@pytest.mark.unwitnessed("the values of a run are changed, so that its derivative rules are not right any more")
def test_a_changed_value_passes_through_a_copy_but_not_through_a_fresh_state() -> None:
    for name, passes in (("stop gradient", True), ("wrapped again", True), ("fresh state", False)):
        evidence = Evidence(PROGRAMS[name])
        states = [i for i, record in evidence.records.items() if record.op == "tanh"]
        leaf = next(i for i in evidence.tape.leaves if i > states[1])
        assert evidence.follows(leaf, states[1]) is passes, name
        assert not evidence.follows(leaf, states[0])


@pytest.mark.unwitnessed("the values of a run are changed, so that its derivative rules are not right any more")
def test_a_leaf_that_is_changed_has_its_other_value_from_the_beginning() -> None:
    before = PROGRAMS["plain"]()
    (h0,) = (i for i, name in before.names.items() if name == "h0")
    after = changed(PROGRAMS["plain"], {h0: 1.0})
    assert after.values[h0] == before.values[h0] + 1.0
    assert after.values[before.records[0].out] == 2 * before.values[before.records[0].out]
    with pytest.raises(KeyError, match="%9999"):
        changed(PROGRAMS["plain"], {9999: 1.0})
