"""The forty programs run, and run again to the same tape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.draw.forty import lanes, loops, sums, walks, words
from tests.draw.programs import OPTIONS, PROGRAMS


def test_no_two_programs_share_a_name() -> None:
    assert len(PROGRAMS) == sum(map(len, (lanes.LANES, loops.LOOPS, sums.SUMS, walks.WALKS, words.WORDS)))
    assert set(OPTIONS) <= set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_again_to_the_same_tape(name: str) -> None:
    first, again = (getattr(source, "tape", source) for source in (PROGRAMS[name](), PROGRAMS[name]()))
    assert first.inspect
    assert first.values.keys() == again.values.keys()
    for i, value in first.values.items():
        assert np.array_equal(value, again.values[i], equal_nan=True)
    assert [walk.cotangents.keys() for walk in first.walks] == [walk.cotangents.keys() for walk in again.walks]
    for one, other in zip(first.walks, again.walks, strict=True):
        for i, cotangent in one.cotangents.items():
            assert np.array_equal(cotangent, other.cotangents[i])


def _reached(name: str, walk: int = 1) -> list[int]:
    """The steps in which a cotangent of some record arrived in a walk."""
    tape: Any = PROGRAMS[name]()
    tape = getattr(tape, "tape", tape)
    records = [record for past in tape.history for record in past.records] + tape.records
    return sorted({record.step for record in records if record.out in tape.walks[walk - 1].cotangents})


def test_the_gradient_ends_where_the_programs_say() -> None:
    assert _reached("plain") == [1, 2, 3, 4, 5, 6]
    for name in ("stop gradient", "wrapped again", "fresh state"):
        assert _reached(name) == [3, 4, 5, 6], name
    assert _reached("lag of two") == [2, 4, 6]
    assert _reached("two walks", 1) == [1, 2, 3]
    assert _reached("two walks", 2) == [1]
    assert _reached("gradient of a state") == [3, 4, 5, 6]
    assert _reached("walks overlap", 3) == [3, 4, 5, 6]
    assert _reached("LSTM whose c is forgotten") == [1, 2, 3, 4]


def test_the_example_of_micrograd_has_the_numbers_of_its_readme() -> None:
    tape = PROGRAMS["micrograd"]()
    numbers = {tape.names[i]: value for i, value in tape.walks[0].cotangents.items() if i in tape.names}
    assert numbers["a"] == pytest.approx(138.8338, abs=5e-5)
    assert numbers["b"] == pytest.approx(645.5773, abs=5e-5)
    assert tape.values[tape.records[-1].out] == pytest.approx(24.7041, abs=5e-5)
