"""A tape that is looked at: printed, copied, and with ``inspect=True`` the values and cotangents that it keeps."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.context import active_tape
from tests.engine.tools import recurrence


def test_printing():
    x = mg.parameter(np.ones((2, 3)), name="weights", dtype="float32")
    with mg.Tape() as tape:
        tape.mark()
        y = tape.name(mg.tanh(x), "hidden")
        total = y.sum()
        text = str(tape)
        assert repr(tape) == "<Tape: 2 records, 1 steps, 0 cuts>"
        for word in ("weights", "hidden", "tanh", "sum", "2×3", "scalar", "float32", "24"):
            assert word in text
        tape.backward(total)
        assert "freed" in str(tape)
        tape.cut()
        assert "cut 1" in str(tape)
    with mg.Tape() as tape:
        for _ in range(500):
            x = x * 1.0
        assert "440 more" in str(tape)
        assert len(str(tape).splitlines()) < 70
        assert repr(tape[0]) == "%1 = multiply(%0, ·) : float32[2, 3] @step 0"


def test_the_bytes_of_the_table_add_up_to_its_head():
    x, w = mg.parameter(np.ones(4)), mg.parameter(np.ones(4))
    with mg.Tape() as tape:
        h = mg.tanh(x * w)  # keeps its result; the product keeps leaves only
        h * h * w  # the first product keeps h, which counts already
        assert tape.kept_bytes() == [0, 32, 0, 32]
        assert tape.nbytes == 64
        rows = str(tape).splitlines()
    assert "64 bytes kept" in rows[0]
    assert sum(int(row.split()[-1]) for row in rows[3:]) == 64


def test_deepcopy_of_a_long_tape():
    x = mg.parameter(1.0)
    with mg.Tape() as tape:
        for _ in range(20_000):
            x = x * 1.0
    twin = copy.deepcopy(tape)
    assert len(twin) == len(tape)
    assert twin[-1].out == tape[-1].out


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_a_copied_tape_is_another_tape(make):
    x = mg.parameter(2.0, name="x")
    with mg.Tape() as tape:
        y = x * x
        twin = make(tape)  # which is active, and its copy is not
        assert str(twin) == str(tape)
        tape.backward(y)
        assert "freed" not in str(twin)
    with twin:
        assert active_tape.get() is twin
        z = x * 5.0
        with pytest.raises(errors.ForeignTensorError):
            _ = y * 3.0
    assert (len(tape), len(twin)) == (1, 2)
    assert twin.gradient(z, x).item() == 5.0


def test_inspect_keeps_values_cotangents_and_history():
    w = mg.parameter(0.5)
    with mg.Tape(inspect=True) as tape:
        states = recurrence(2, tape, w, mg.parameter(2.0))
        tape.backward(states[2])
        tape.cut()
    assert [len(past.records) for past in tape.history] == [4]
    outs = [r.out for r in tape.history[0].records]
    assert [tape.values[i] for i in outs] == [1.0, 2.0, 1.0, 2.0]
    assert [tape.cotangents[i] for i in outs] == [0.5, 0.5, 1.0, 1.0]


def test_inspect_keeps_each_walk_with_what_arrived():
    w = mg.parameter(0.5)
    with mg.Tape(inspect=True) as tape:
        y, z = w * 3.0, w * 7.0
        remove = tape.hook(y, lambda g: tape.gradient(z, w, retain=True) * 0 + g)  # a walk inside a walk
        tape.backward(y * 2.0, retain=True)
        remove()
        tape.gradient(y, w, create_graph=True)
        tape.cut()
        tape.backward(w * 5.0)
    outer, inner, recorded, last = tape.walks
    assert [walk.cuts for walk in tape.walks] == [0, 0, 0, 1]
    y = tape.history[0].records[0].out
    assert [float(walk.cotangents[y]) for walk in (outer, recorded)] == [2.0, 1.0]
    assert [float(walk.cotangents[0]) for walk in (inner, recorded, last)] == [7.0, 3.0, 5.0]
    assert outer.ids <= inner.ids < recorded.ids < last.ids


def test_only_an_inspecting_tape_remembers_its_walks():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        tape.backward(w * 3.0)
    assert tape.walks == []


def test_numbers_among_the_operands_are_kept_also_by_those_whose_rules_need_none():
    x = mg.parameter(np.ones(2))
    with mg.Tape(inspect=True) as tape:
        y = 3 + x * 0.5 - np.float32(2.0)
        z = mg.where(np.ones(2, bool), y, 7.0) + np.ones(2)
    names = {record.op: record.out for record in tape.records}
    last = tape.records[-1].out
    assert tape.constants == {
        (names["multiply"], 1): 0.5,
        (y._place[1] - 1, 0): 3.0,
        (names["subtract"], 1): 2.0,
        (names["where"], 2): 7.0,
    }
    assert z._place[1] == last
    with mg.Tape() as tape:
        x * 0.5
    assert tape.constants == {}


def test_a_walk_is_remembered_with_its_seeds_its_border_and_what_it_was_to_free():
    w = mg.parameter(np.ones(2))
    with mg.Tape(inspect=True) as tape:
        h = mg.tanh(w)
        tape.cut()
        tape.mark()
        first = mg.tanh(h)
        loss = (first * w).sum()
        kept = dict(zip([record.out for record in tape.records], tape.kept_bytes(), strict=True))
        tape.backward([loss, loss], seed=[2.0, 3.0], retain=True)
        tape.gradient(first, w, seed=np.array([1.0, 4.0]), unused="none")
    one, two = tape.walks
    assert (one.cuts, one.border, one.targets) == (1, first._place[1], (loss._place[1],))
    assert float(one.seeds[loss._place[1]]) == 5.0
    assert one.sources == {w._place[1]} == two.sources == tape.sources
    assert one.kept == {i: size for i, size in kept.items() if size}
    np.testing.assert_array_equal(two.seeds[first._place[1]], [1.0, 4.0])
    assert two.cotangents == {}


def test_a_walk_that_is_refused_was_no_walk():
    """One over freed records, one of what depends on no parameter, one whose hook raises: nothing of them is kept."""
    x = mg.parameter(2.0, name="x")
    with mg.Tape(inspect=True) as tape:
        y = mg.square(x)
        z = mg.tanh(y)
        constant = mg.square(mg.tensor(3.0))
        tape.backward(y)
        kept = dict(tape.cotangents)
        with pytest.raises(mg.errors.ConsumedError):
            tape.backward(z)
        with pytest.raises(mg.errors.UnusedError):
            tape.backward(constant)
        w = mg.exp(x)

        def stop(g):
            raise RuntimeError("no further")

        tape.hook(w, stop)
        with pytest.raises(RuntimeError, match="no further"):
            tape.backward(w)
    assert [walked.targets for walked in tape.walks] == [(y._place[1],)]
    assert tape.cotangents == kept
