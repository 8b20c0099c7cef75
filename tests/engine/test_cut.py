"""Marks and cuts: what a cut says that it did, what it keeps, what it forgets, and what its gradients cannot reach."""

from __future__ import annotations

import copy

import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.record import Cut
from tests.engine.tools import recurrence


def test_marks_number_the_steps():
    with mg.Tape() as tape:
        recurrence(3, tape, mg.parameter(0.5), mg.parameter(1.0))
    assert [r.step for r in tape] == [1, 1, 2, 2, 3, 3]
    tape.mark("fourth")
    assert tape.step == 4
    assert tape.mark_names == {4: "fourth"}


@pytest.mark.parametrize("keep", [0, 1, 2, 3])
def test_a_cut_makes_a_constant_of_everything_before_it(keep):
    w, h = mg.parameter(0.5), mg.parameter(2.0)
    with mg.Tape() as tape:
        states = recurrence(4, tape, w, h, cut_after=4, keep=keep)
        tape.mark()
        last = w * states[-1] + 1.0
        gradient = tape.gradient(last, w).item()
    values = [s.item() for s in states]
    expected = values[-1]  # the newest use, then the kept ones, each times one more w
    for lag in range(1, keep + 1):
        expected += 0.5**lag * values[-1 - lag]
    assert gradient == pytest.approx(expected, rel=1e-15)
    assert len(tape) == 2 * (keep + 1)
    assert tape.last_cut.number == 1
    assert tape.last_cut.dropped == 8 - 2 * keep
    assert tape.last_cut.last_step == 4 - keep


def test_the_gradient_at_the_border_is_what_truncation_throws_away():
    w, h = mg.parameter(0.5), mg.parameter(2.0)
    with mg.Tape() as tape:
        states = recurrence(2, tape, w, h, cut_after=2)
        tape.mark()
        later = w * states[2] + 1.0
        assert tape.gradient(later, states[2], retain=True).item() == 0.5
        full = tape.gradient(later, [w, states[2]], retain=True)
    h1, h2 = states[1].item(), states[2].item()
    thrown_away = full[1].item() * (h1 + 0.5 * 2.0)
    assert full[0].item() + thrown_away == pytest.approx(h2 + 0.5 * (h1 + 0.5 * 2.0))


def test_a_gradient_through_a_cut_names_step_window_and_cut():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        states = recurrence(5, tape, w, mg.parameter(2.0), cut_after=4)
        for target, source in [(states[3], w), (states[5], states[2])]:
            with pytest.raises(errors.CutError) as caught:
                tape.gradient(target, source)
            message = str(caught.value)
            step = 3 if target is states[3] else 2
            for part in (f"step {step}", "cut 1", "up to 4", "window 2", "step 5", __file__):
                assert part in message
        with pytest.raises(errors.CutError):
            tape.backward(states[3])
        with pytest.raises(errors.CutError, match="step 3"):
            tape.backward([states[5], states[3]])
    assert w.grad is None


def test_a_second_cut_is_named_by_its_number():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        states = recurrence(2, tape, w, mg.parameter(2.0), cut_after=1)
        tape.cut()
        with pytest.raises(errors.CutError, match="cut 2"):
            tape.backward(states[1])
    assert (tape.cuts, tape.last_cut.first_step, tape.last_cut.last_step) == (2, 2, 2)


def test_a_cut_forgets_data_and_names_that_are_no_longer_used():
    old, kept = mg.tensor(1.0, name="old"), mg.parameter(2.0, name="kept")
    with mg.Tape() as tape:
        tape.mark("a")
        y = old * kept
        tape.mark("b")
        z = y * kept
        tape.cut(keep=1)
    assert sorted(tape.names.values()) == ["kept"]
    assert list(tape.leaves.values()) == [kept]
    assert tape.mark_names == {2: "b"}
    tape.backward(z)
    assert kept.grad == 2.0


def test_a_parameter_keeps_its_id_through_cuts_and_gets_no_gradient_where_it_is_not_used():
    old, kept = mg.parameter(1.0), mg.parameter(2.0)
    with mg.Tape() as tape:
        y = old * kept
        tape.cut()
        tape.backward(y * kept)
        tape.cut()
        assert tape.admit(old) == 0
    assert old.grad is None
    assert kept.grad == 2.0


def test_cut_keep_must_not_be_negative():
    with pytest.raises(ValueError, match="keep=-1"):
        mg.Tape().cut(keep=-1)


def test_keeping_more_steps_than_there_are_drops_nothing():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        states = recurrence(2, tape, w, mg.parameter(2.0), cut_after=2, keep=9)
    assert len(tape) == 4
    tape.backward(states[2])
    assert w.grad == pytest.approx(2.0 + 0.5 * 2.0)


def test_names_and_ids_survive_a_cut():
    p = mg.parameter(2.0, name="p")
    with mg.Tape() as tape:
        tape.mark()
        h = tape.name(p * 3.0, "h")
        cut = tape.cut()
        assert (cut.first_step, cut.last_step) == (1, 1)
        tape.mark()
        h * p
        table = str(tape)
    assert "h, p" in table
    assert tape.records[0].inputs == (1, 0)


@pytest.mark.parametrize("keep", [1.5, "a", None])
def test_cut_keep_must_be_an_integer(keep):
    with pytest.raises(TypeError, match="must be an integer"):
        mg.Tape().cut(keep=keep)


def test_a_cut_that_keeps_more_than_there_is_names_no_negative_step():
    with mg.Tape() as tape:
        tape.mark()
        mg.tensor(1.0) * 2.0
        cut = tape.cut(keep=10)
    assert (cut.dropped, cut.last_step) == (0, 0)
    assert len(tape) == 1


# -- what a cut says, and what others know of it -----------------------------------------------------


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
