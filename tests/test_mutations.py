"""The table's checks see every rule that is broken."""

from __future__ import annotations

import pytest

from minigrad.engine.primitive import REGISTRY
from tests.mutate import EQUIVALENT, caught, mutants, mutated, replaced, walk_caught, walk_mutants
from tests.table import ZERO


@pytest.mark.parametrize("name", sorted({name for name, _, _ in mutants()}))
def test_every_broken_rule_is_seen(name):
    assert not caught({name}), "the rule fails before it is broken"
    missed = []
    for mutant in mutants():
        if mutant[0] == name:
            with mutated(REGISTRY[name], mutant[1], mutant[2]):
                if not caught({name}, kind=mutant[2]):
                    missed.append(mutant)
    assert missed == []
    assert not caught({name}, limit=1), "the rule was not restored"


def test_mutants_called_equivalent_change_nothing():
    for name, argnum, kind in EQUIVALENT:
        with mutated(REGISTRY[name], argnum, kind):
            assert not caught({name})


@pytest.mark.parametrize("what", walk_mutants())
def test_every_broken_walk_is_seen(what):
    assert not walk_caught()
    with replaced(walk_mutants()[what]):
        assert walk_caught()
    assert not walk_caught()


@pytest.mark.parametrize(
    "name",
    [n for n, p in REGISTRY.items() if p.broadcasts and any(p.rules) and n not in ZERO] + ["matmul", "broadcast_to"],
)
def test_a_missing_sum_over_broadcast_axes_is_seen(name):
    with replaced(walk_mutants()["no un-broadcast"]):
        assert caught({name})
