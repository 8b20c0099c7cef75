"""A cut: what it says that it did, what it keeps, what it forgets; and what copies and observers know of a tape."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.record import Cut
from minigrad.engine.tape import observers


def steps(tape, w, count):
    """Two records a step, in steps with names; returns the last result of each."""
    results = []
    for number in range(1, count + 1):
        tape.mark(f"step {number}")
        results.append(w * float(number) + 1.0)
    return results


@pytest.mark.parametrize(
    ("keep", "cut"),
    [(0, Cut(1, 1, 4, 9, 8)), (1, Cut(1, 1, 3, 7, 6)), (3, Cut(1, 1, 1, 3, 2)), (4, Cut(1, 0, 0, 1, 0))],
)
def test_a_cut_says_what_it_dropped(keep, cut):
    """Four steps of two records each; the parameter has the id 0."""
    w = mg.parameter(2.0)
    with mg.Tape() as tape:
        results = steps(tape, w, 4)
        assert tape.cut(keep) == cut
        assert tape.last_cut == cut
        assert tape.cut(keep) == cut._replace(number=2, first_step=cut.last_step, dropped=0)
        for number, result in enumerate(results, start=1):
            if number > 4 - keep:
                assert tape.gradient(result, w).item() == number
            else:
                with pytest.raises(errors.CutError, match=f"computed at step {number}; cut 2 dropped"):
                    tape.gradient(result, w)
    assert sorted(tape.mark_names) == ([4] if not keep else [*range(5 - keep, 5)])


def test_names_and_hooks_of_what_is_kept_stay():
    w, seen = mg.parameter(2.0), []
    with mg.Tape() as tape:
        results = [tape.name(each, f"r{k}") for k, each in enumerate(steps(tape, w, 5))]
        for k, each in enumerate(results):
            tape.hook(each, lambda g, k=k: seen.append(k))
        tape.cut(keep=2)
        assert sorted(tape.names.values()) == ["r2", "r3", "r4"], "r2 is the value at the border"
        tape.gradient(results[3:], w)
    assert seen == [4, 3]


def test_a_parameter_that_is_unused_since_a_cut_was_not_cut_away():
    w, other = mg.parameter(2.0), mg.parameter(3.0)
    with mg.Tape() as tape:
        tape.mark()
        _ = w * other
        tape.cut()
        tape.mark()
        with pytest.raises(errors.UnusedError, match="since cut 1, which dropped every step up to 1"):
            tape.gradient(w * 5.0, other)


def test_a_leaf_that_another_tape_uses_meanwhile_is_left_to_it():
    data, w = mg.tensor(2.0), mg.parameter(3.0)
    with mg.Tape() as first:
        first.mark()
        _ = w * data
    with mg.Tape() as second:
        y = w * data
        place = data._place
        with first:
            first.mark()
            _ = w * 1.0
            first.mark()
            _ = w * 1.0
            first.cut(keep=1)
        assert data._place == place
        assert second.gradient(y * data, data).item() == 12.0
        assert len(second.leaves) == 2


def test_only_an_inspecting_tape_keeps_values():
    w, data = mg.parameter(2.0), mg.tensor(3.0)
    for inspect in (False, True):
        with mg.detect_anomaly(), mg.Tape(inspect=inspect) as tape:
            y = w * data
        values = {i: float(value) for i, value in tape.values.items()}
        assert values == ({tape.admit(w): 2.0, tape.admit(data): 3.0, y._place[1]: 6.0} if inspect else {})


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_a_copied_tape_knows_its_leaves(make):
    w = mg.parameter(2.0, name="w")
    with mg.Tape() as tape:
        y = w * w
    twin = make(tape)
    (leaf,) = twin.leaves.values()
    assert leaf is not w
    with twin:
        _ = leaf * 3.0
    assert [record.inputs[0] for record in twin] == [0, 0]
    assert len(twin.leaves) == 1
    assert tape.gradient(y, w).item() == 4.0


def test_observers_are_told_of_tapes_and_cuts():
    told = []
    observe = lambda tape, what: told.append((tape, what, len(tape)))
    observers.append(observe)
    try:
        with mg.Tape() as tape:
            _ = mg.parameter(np.ones(2)) * 2.0
            tape.cut()
    finally:
        observers.remove(observe)
    assert told == [(tape, "enter", 0), (tape, "cut", 1)]
