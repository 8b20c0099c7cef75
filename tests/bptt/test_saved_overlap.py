"""What a loop keeps between overlapping windows, saved and taken up by another loop."""

from __future__ import annotations

from itertools import count, islice
from typing import Any
from zlib import crc32

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.bptt import Overlap
from minigrad.engine.primitive import REGISTRY

STREAM = [np.random.default_rng(t).standard_normal((2, 3)) for t in range(12)]
GAIN = mg.tensor(np.array([0.9, -0.8, 0.7]))  # a constant that the state hands on, beside a number
SCHEMES: list[dict[str, Any]] = [
    {"k1": 1, "k2": 2},
    {"k1": 1, "k2": 4},
    {"k1": 2, "k2": 5},
    {"k1": 3, "k2": 4},
    {"k1": 2, "k2": 5, "overlap": "recompute"},
    {"k1": 1, "k2": 2, "overlap": "recompute"},
    {"k1": 2, "k2": 3, "scheme": "lag mask"},
]


class Run:
    """A loop that learns, and notes what it saw."""

    def __init__(self, state: Any) -> None:
        self.w = mg.parameter(np.array([0.5, 1.5, -0.5]))
        self.overlap = Overlap([self.w])
        self.state = state
        self.seen: list[Any] = []

    def step(self, x: Any, state: Any) -> Any:
        h, number, gain = (mg.zeros((2, 3), dtype="float64"), 0, GAIN) if state is None else state
        h = mg.tanh(h * self.w * gain + x * self.w)
        return mg.square(h).sum(), (h, number + 1, gain)

    def go_on(self, windows: int, **scheme: Any) -> Run:
        done = self.seen[-1][2] if self.seen else 0
        loop = mg.truncated_bptt(self.step, STREAM[done:], self.state, resume=self.overlap, **scheme)
        for window in islice(loop, windows):
            self.state = window.state
            self.seen.append((window.index, window.first_step, window.last_step, window.loss, self.w.grad.tolist()))
            self.w.value, self.w.grad = self.w.value - 0.1 * self.w.grad, None
            with mg.Tape() as other:  # the constant stands on another tape too, where a result stands on this one
                for number in range(window.tape[-1].out):
                    other.name(mg.tensor(0.0), f"{number}")
                other.name(GAIN, "gain")
        return self


@pytest.mark.parametrize("windows", [1, 2])
@pytest.mark.parametrize("start", [None, (np.ones((2, 3)), 0, GAIN)])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_loop_takes_up_what_another_one_saved(scheme: Any, start: Any, windows: int) -> None:
    whole, run = Run(start).go_on(windows + 2, **scheme), Run(start).go_on(windows, **scheme)
    saved = run.overlap.state_dict()
    run.overlap = Overlap([run.w])
    run.overlap.load_state_dict(saved)
    run.go_on(2, **scheme)
    assert run.seen == whole.seen
    assert run.state[1] == whole.state[1]
    assert [each[0] for each in run.seen] == list(range(windows + 2))


@pytest.mark.parametrize("scheme", [{"k1": 2}, {"k1": 3, "k2": 3}, {"k1": 2, "k2": 2, "overlap": "recompute"}])
def test_nothing_is_kept_between_windows_that_do_not_overlap(scheme: Any) -> None:
    """Such a loop begins with the state that it is given."""
    start, other = ((np.full((2, 3), value), 0, GAIN) for value in (1.0, 2.0))
    run = Run(start).go_on(1, **scheme)
    saved = run.overlap.state_dict()
    assert list(saved) == ["plan", "checksum"]
    run.overlap.load_state_dict(saved)
    x, k = STREAM[scheme["k1"]], scheme["k1"]
    (window,) = mg.truncated_bptt(run.step, [x] * k, other, resume=run.overlap, **scheme)
    (like,) = mg.truncated_bptt(run.step, [x] * k, other)
    assert window.losses == {number + k: loss for number, loss in like.losses.items()}


def test_what_is_saved_depends_on_the_overlap_and_not_on_the_window() -> None:
    saved = [Run(None).go_on(2, k1=k1, k2=k1 + 2).overlap.state_dict() for k1 in (2, 3, 5)]
    sizes = [sum(array.nbytes for name, array in each.items() if name != "plan") for each in saved]
    assert sizes == sizes[:1] * 3


@pytest.mark.parametrize(
    "settings", [{"k1": 3, "k2": 4}, {"k1": 3, "k2": 5}, {"k1": 3}, {"k1": 2, "k2": 4, "overlap": "recompute"}]
)
def test_only_a_function_in_the_overlap_hinders_saving(settings: Any) -> None:
    """Its first step checkpoints; with ``"recompute"`` no record is saved, so any step may."""
    w = mg.parameter(2.0)
    cube = mg.checkpoint(lambda h: h * h * w)
    overlap = Overlap([w])

    def step(number: int, h: Any) -> Any:
        h = cube(h) if number == 1 or settings.get("overlap") else h * w
        return h.sum(), h

    next(mg.truncated_bptt(step, count(1), np.full(2, 0.1), resume=overlap, **settings))
    assert "plan" in overlap.state_dict()


def test_an_overlap_gives_what_it_was_loaded_with() -> None:
    saved = Run(None).go_on(1, k1=1, k2=3).overlap.state_dict()
    other = Run(None).go_on(2, k1=2, k2=4).overlap
    for state in (saved, {}):  # nothing was kept before the first window
        other.load_state_dict(state)
        assert numbers(other.state_dict()) == numbers(state)


def test_what_an_overlap_gives_and_takes_are_copies() -> None:
    scheme = {"k1": 1, "k2": 3}
    whole, run = Run(None).go_on(3, **scheme), Run(None).go_on(2, **scheme)
    given = run.overlap.state_dict()
    before = numbers(given)
    for array in given.values():
        array[...] = 7
    assert numbers(run.overlap.state_dict()) == before
    taken = run.overlap.state_dict()
    run.overlap.load_state_dict(taken)
    for array in (*taken.values(), *run.overlap.state_dict().values()):
        array[...] = 7
    assert run.go_on(1, **scheme).seen == whole.seen


def numbers(state: dict[str, Any]) -> dict[str, Any]:
    """Named arrays as what can be compared."""
    return {name: (array.dtype.str, array.shape, array.tolist()) for name, array in state.items()}


def test_a_loop_that_comes_to_no_window_keeps_what_was_loaded() -> None:
    """The stream of a run that is resumed may have ended, and grow later."""
    scheme = {"k1": 1, "k2": 3}
    whole, run = Run(None).go_on(3, **scheme), Run(None).go_on(1, **scheme)
    assert list(mg.truncated_bptt(run.step, [], run.state, resume=run.overlap, **scheme)) == []
    assert run.overlap.state_dict() == {}, "a loop that begins anew keeps nothing of an earlier one"
    run = Run(None).go_on(1, **scheme)
    run.overlap.load_state_dict(run.overlap.state_dict())
    for _ in range(2):
        assert list(mg.truncated_bptt(run.step, [], run.state, resume=run.overlap, **scheme)) == []
    assert run.go_on(2, **scheme).seen == whole.seen


def test_a_primitive_that_is_not_defined_any_more_is_named() -> None:
    own = mg.primitive(lambda xp, x: x * 2.0, name="a_primitive_of_mine", public=False)
    own.defvjp(lambda g: g * 2.0)
    w = mg.parameter(np.ones(2))
    step = lambda x, h: (own(h * w).sum(), h * w)
    try:
        overlap = Overlap([w])
        next(mg.truncated_bptt(step, [1.0], np.ones(2), k1=1, k2=2, resume=overlap))
        overlap.load_state_dict(overlap.state_dict())
    finally:
        del REGISTRY["a_primitive_of_mine"]
    with pytest.raises(errors.CheckpointError, match="a primitive 'a_primitive_of_mine', which is not defined here"):
        next(mg.truncated_bptt(step, [1.0], np.ones(2), k1=1, k2=2, resume=overlap))


def test_something_else_is_no_saved_overlap() -> None:
    saved = Run(None).go_on(1, k1=1, k2=2).overlap.state_dict()
    for wrong in ({"plan": saved["plan"], "else": saved["0"]}, {"0": saved["0"]}, {**saved, "plan": saved["0"]}):
        with pytest.raises(errors.CheckpointError, match="this is not what an Overlap saved"):
            Overlap([mg.parameter(1.0)]).load_state_dict(wrong)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"plan": np.array([{}])},
        {"plan": np.zeros(2, np.uint8), "0": np.array([{}])},
        {"plan": np.uint8(3)},
        {"else": np.zeros(2, np.uint8)},
        {"plan": np.zeros(2, np.uint8), "1": np.zeros(2)},
    ],
)
def test_the_right_checksum_does_not_make_an_overlap(arrays: dict[str, Any]) -> None:
    with pytest.raises(errors.CheckpointError, match="this is not what an Overlap saved"):
        Overlap([mg.parameter(1.0)]).load_state_dict({"checksum": checksum_of(arrays), **arrays})


def test_the_checksum_of_a_file_is_that_of_every_later_version() -> None:
    saved = Run(None).go_on(1, k1=1, k2=2).overlap.state_dict()
    checksum = saved.pop("checksum")
    assert checksum == checksum_of(saved)


def checksum_of(arrays: dict[str, Any]) -> Any:
    """The CRC-32 of the names, dtypes, shapes and bytes of all arrays, in the order of the names."""
    parts = [(f"{name} {arrays[name].dtype.str} {arrays[name].shape} ", arrays[name]) for name in sorted(arrays)]
    return np.array(crc32(b"".join(head.encode() + array.tobytes() for head, array in parts)))
