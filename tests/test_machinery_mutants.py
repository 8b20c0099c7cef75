"""The mutants of the machinery are made, run and caught: a small sample; and the list of survivors holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .mutants.source import Mutant, Source
from .mutants.survivors import MODULES, reasons

# What was wrong once (memory handed out that was still to be read), and what would be: contributions that get lost.
CAUGHT = [
    "minigrad.cotangent:Join.__enter__: ⟦self.readers += 1 → pass⟧",
    "minigrad.cotangent:Joined._release: idle = [key for key, join in self._joined.items() if ⟦not join.readers → join.readers⟧]",  # noqa: E501
    "minigrad.cotangent:Pending.total: total = part if total is None else ⟦total + part → total - part⟧",
    "minigrad.cotangent:accumulated: ⟦pending.add(previous, joined) → pass⟧",
    "minigrad.walk:walk: cotangents[i] = ⟦previous + contribution → previous - contribution⟧",
    "minigrad.walk:walk: ⟦previous.add(contribution, joined) → pass⟧",
    "minigrad.walk:walk: for record in ⟦reversed(tape.records[start:stop]) → tape.records[start:stop]⟧:",
    "minigrad.cotangent:Joined: KEPT = ⟦2 → 3⟧",
]
TESTS = [
    "tests/test_cotangent.py::test_weights_that_meet_the_same_operand_at_every_step",
    "tests/test_cotangent.py::test_memory_that_is_read_is_not_handed_out",
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
    assert [line.split("  ")[-1] for line in lines if "[tests/test_cotangent.py::" not in line] == ["[SURVIVED]"], done
    assert len(lines) == len(CAUGHT)
    assert [line for line in done.stdout.splitlines() if line in CAUGHT] == [
        "minigrad.cotangent:Joined: KEPT = ⟦2 → 3⟧"
    ]
