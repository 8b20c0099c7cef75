"""The mutants of the machinery are made, run and caught: a small sample; and the list of survivors holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.source import Mutant, Source
from tests.mutants.survivors import MODULES, reasons

# What was wrong once (memory handed out that was still to be read), and what would be: contributions that get lost.
CAUGHT = [
    "minigrad.engine.cotangents:Join.__enter__: ⟦self.readers += 1 → pass⟧",
    "minigrad.engine.cotangents:Joined._release: idle = [key for key, join in self._joined.items() if ⟦not join.readers → join.readers⟧]",  # noqa: E501
    "minigrad.engine.cotangents:Pending.total: total = part if total is None else ⟦total + part → total - part⟧",
    "minigrad.engine.cotangents:accumulated: ⟦pending.add(previous, joined) → pass⟧",
    "minigrad.engine.walk:walk: cotangents[i] = ⟦previous + contribution → previous - contribution⟧",
    "minigrad.engine.walk:walk: ⟦previous.add(contribution, joined) → pass⟧",
    "minigrad.engine.walk:walk: for record in ⟦reversed(tape.records[start:stop]) → tape.records[start:stop]⟧:",
    "minigrad.engine.cotangents:Joined: KEPT = ⟦2 → 3⟧",
]
TESTS = [
    "tests/engine/test_cotangents.py::test_weights_that_meet_the_same_operand_at_every_step",
    "tests/engine/test_cotangents.py::test_memory_that_is_read_is_not_handed_out",
]


@pytest.fixture(scope="module")
def made() -> dict[str, Mutant]:
    return {mutant.name: mutant for module in MODULES for mutant in Source(module).mutants()}


def test_every_reason_is_for_a_mutant_that_exists(made):
    assert sorted(reasons().keys() - made.keys()) == [], "strike these from tests/mutants/survivors.txt"
    assert all(len(reason.split()) > 3 for reason in reasons().values())


def test_every_mutant_compiles_to_something_else(made):
    for module in MODULES[:3]:
        mutants = [mutant for mutant in made.values() if mutant.source.module == module]
        whole = mutants[0].source.code()
        same = [mutant.name for mutant in mutants if mutant.code() == whole]
        assert len(mutants) > 100
        assert same == []
        assert mutants[0].source.code() == whole, "the source was not put right again"


def test_a_sample_is_caught(made):
    only = [argument for name in CAUGHT for argument in ("--only", name)]
    root = Path(__file__).parent.parent
    command = [sys.executable, "-m", "tests.mutants", *only, "--again", "--tests", *TESTS]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    lines = [line for line in done.stdout.splitlines() if "  [" in line]
    assert [line.split("  ")[-1] for line in lines if "[tests/engine/test_cotangents.py::" not in line] == [
        "[SURVIVED]"
    ], done
    assert len(lines) == len(CAUGHT)
    assert [line for line in done.stdout.splitlines() if line in CAUGHT] == [
        "minigrad.engine.cotangents:Joined: KEPT = ⟦2 → 3⟧"
    ]
