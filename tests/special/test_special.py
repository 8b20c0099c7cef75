"""Every function at its special points, at orders 1 to 3, in three dtypes, against ``mpmath``."""

from __future__ import annotations

import pytest

import minigrad as mg
from minigrad.engine.primitive import REGISTRY
from tests.special.covered import ELSEWHERE
from tests.special.decompositions import DECOMPOSITIONS
from tests.special.elementwise import ELEMENTWISE
from tests.special.entry import Special, faults
from tests.special.matrices import MATRICES
from tests.special.pairs import TWO
from tests.special.reductions import REDUCTIONS
from tests.special.statistics import STATISTICS

TABLE: list[Special] = [*ELEMENTWISE, *TWO, *REDUCTIONS, *MATRICES, *DECOMPOSITIONS, *STATISTICS]
PACKAGE = [name for name, primitive in REGISTRY.items() if primitive.__module__.startswith("minigrad.")]
NAMES = sorted({*PACKAGE, *mg.primitives.__all__})


def function(name: str) -> object:
    """A function of minigrad by its public name, or a primitive by its name in the registry."""
    return getattr(mg.primitives, name) if name in mg.primitives.__all__ else REGISTRY[name]


@pytest.mark.parametrize("entry", TABLE, ids=str)
def test_every_derivative_is_right_or_no_number(entry: Special):
    wrong = [fault for point in entry.points for fault in faults(entry, point)]
    assert not wrong, f"{len(wrong)} derivatives are wrong:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("name", NAMES)
def test_every_function_has_an_entry_or_a_reason(name):
    known = {entry.name for entry in TABLE}
    aliases = {id(function(other)) for other in known | set(ELSEWHERE)}
    assert not (name in known and name in ELSEWHERE), f"{name} has special points, and a reason to have none"
    assert id(function(name)) in aliases, (
        f"{name} has no special points: give it an entry in tests/special, or a reason in covered.py"
    )


def test_every_reason_is_given_for_a_function():
    assert set(ELSEWHERE) <= set(NAMES)
    assert {entry.name for entry in TABLE} <= set(NAMES)


@pytest.mark.parametrize("entry", [entry for entry in TABLE if entry.conventions], ids=str)
def test_every_convention_is_documented(entry: Special):
    f = function(entry.name)
    module = __import__(f.__module__, fromlist=["__doc__"])
    text = " ".join(f"{f.__doc__} {module.__doc__}".split())
    for convention in entry.conventions:
        assert convention.says in text, f"the docstring of {entry.name} does not say {convention.says!r}"
