"""A cut: what it says that it did, what it keeps, what it forgets; and what copies and watchers know of a tape."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.record import Cut, Scope
from minigrad.engine.watch import Watcher, everywhere, watching


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


class Told(Watcher):
    """Notes each moment, and the length that the tape has then."""

    def __init__(self):
        self.moments = []

    def entering(self, tape):
        self.moments.append(("entering", len(tape)))

    def cutting(self, tape):
        self.moments.append(("cutting", len(tape)))

    def admitted(self, tape, i, tensor):
        self.moments.append(("admitted", i))

    def recorded(self, tape, record, out):
        self.moments.append(("recorded", record.out, out.shape))

    def scoped(self, tape, scope):
        self.moments.append(("scoped", scope))

    def walking(self, tape, targets):
        self.moments.append(("walking", targets))
        return self

    def arrived(self, tape, i, g):
        self.moments.append(("arrived", i, float(g.sum())))
        return g

    def ruling(self, tape, record, g, dependent):
        self.moments.append(("ruling", record.out, dependent))


def test_a_watcher_is_told_of_every_moment():
    told, w = Told(), mg.parameter(np.ones(2))
    with watching(told), mg.Tape() as tape:
        with mg.scope("twice"):
            y = w * 2.0
        tape.backward(y.sum())
        tape.cut()
    assert told.moments == [
        ("entering", 0),
        ("admitted", 0),
        ("recorded", 1, (2,)),
        ("scoped", Scope("twice", 0, 2)),
        ("recorded", 2, ()),
        ("walking", (2,)),
        ("arrived", 2, 1.0),
        ("ruling", 2, {0, 1, 2}),
        ("arrived", 1, 2.0),
        ("ruling", 1, {0, 1, 2}),
        ("arrived", 0, 4.0),
        ("cutting", 2),
    ]
    told.moments.clear()
    with mg.Tape() as tape:
        tape.backward(mg.sum(w * 2.0))
    assert told.moments == []


def test_a_watcher_of_everything_sees_the_tapes_of_other_threads():
    told = Told()
    everywhere.append(told)
    try:
        thread = threading.Thread(target=lambda: mg.Tape().__enter__())
        thread.start()
        thread.join()
    finally:
        everywhere.remove(told)
    assert told.moments == [("entering", 0)]
