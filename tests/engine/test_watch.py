"""Watchers: what they are told, and of which tapes."""

from __future__ import annotations

import copy
import threading

import numpy as np

import minigrad as mg
from minigrad.engine.record import Scope
from minigrad.engine.watch import Watcher, everywhere, watching


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

    def taken(self, tape, record, operands):
        self.moments.append(("taken", record.out, operands[1]))

    def walking(self, tape, seeds, sources):
        self.moments.append(("walking", {i: float(g) for i, g in seeds.items()}, [*sources]))
        return self

    def arrived(self, tape, i, g):
        self.moments.append(("arrived", i, float(g.sum())))
        return g

    def ruling(self, tape, record, rules, g, dependent):
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
        ("taken", 1, 2.0),
        ("scoped", Scope("twice", 0, 2)),
        ("recorded", 2, ()),
        ("walking", {2: 1.0}, [0]),
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


def test_a_copy_of_an_inspecting_tape_looks_at_what_it_admits():
    tape, w = mg.Tape(inspect=True), mg.parameter(2.0)
    twin = copy.deepcopy(tape)
    assert twin.values == {}
    assert twin.values[twin.admit(w)] is w._value
    assert tape.values == {}
