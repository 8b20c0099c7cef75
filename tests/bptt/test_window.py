"""The ledger of a window, and its account in plain words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.bptt import Window
from minigrad.engine.watch import of_loops
from minigrad.watchers.clipping import Clip, ValueClip
from tests.bptt.problem import Problem

STEPS = 9


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem(STEPS)


@pytest.mark.parametrize("scheme", ["window", "lag mask"])
@pytest.mark.parametrize("overlap", ["keep", "recompute"])
def test_each_loss_is_counted_once(problem: Problem, scheme: str, overlap: str) -> None:
    windows = list(problem.windows(2, 5, scheme=scheme, overlap=overlap))
    assert [step for window in windows for step in window.losses] == list(range(1, STEPS + 1))
    assert [window.steps for window in windows] == [2, 2, 2, 2, 1]
    assert all(window.bytes_kept > 0 and window.seconds > 0 for window in windows)


def test_lags_of_overlapping_windows(problem: Problem) -> None:
    first, _, third, *_ = problem.windows(2, 5)
    assert (third.first_step, third.last_step, third.border) == (5, 6, 2)
    assert (third.largest_lag, third.mean_lag) == (4, 3.5)
    assert (first.border, first.largest_lag, first.mean_lag) == (1, 1, 0.5)


def test_lags_of_a_lag_mask(problem: Problem) -> None:
    first, _, third, *_ = problem.windows(2, 3, scheme="lag mask")
    assert (third.first_step, third.last_step, third.border) == (5, 6, 3)
    assert (third.reaches(5), third.reaches(6)) == (3, 4)
    assert (third.largest_lag, third.mean_lag) == (2, 2.0)
    assert (first.reaches(1), first.reaches(2), first.mean_lag) == (1, 1, 0.5)


def test_the_loss_of_a_window_is_the_mean_of_its_losses(problem: Problem) -> None:
    for window in problem.windows(4):
        assert window.loss == pytest.approx(np.mean(list(window.losses.values())))
    problem.forget()


def test_mean_reduction_weights_a_short_window_by_its_steps(problem: Problem) -> None:
    np.testing.assert_allclose(problem.gradient(4, reduction="mean"), problem.gradient(4) / 4, rtol=1e-12)
    np.testing.assert_allclose(problem.gradient(None, reduction="mean"), problem.gradient(None) / STEPS, rtol=1e-12)
    last = list(problem.windows(4, reduction="mean"))[-1]
    assert last.steps == 1
    assert last.loss == last.losses[9]


def test_clipping_by_value_in_the_loop_body_is_noted(problem: Problem) -> None:
    """An element at the limit is not beyond it."""
    first, *others = problem.params
    for window in mg.truncated_bptt(problem.step, problem.stream, problem.h0, k1=2):
        for other in others:
            other.grad = None
        grad = np.zeros(first.size)
        grad[:4] = [0.5, -0.5, 0.75, -2.0]
        first.grad = grad.reshape(first.shape)
        mg.optim.clip_grad_value([first], 0.5)
        assert window.clips == [ValueClip(elements=first.size, beyond=2, limit=0.5)]
        assert window.clipped
        mg.optim.clip_grad_value([first], 0.5)
        assert window.clips[1:] == [ValueClip(first.size, 0, 0.5)]
        first.grad = None


def test_clipping_in_the_loop_body_is_noted(problem: Problem) -> None:
    seen = []
    problem.forget()
    for window in problem.windows(3):
        assert not window.clips
        if window.index < 2:
            norm = mg.clip_grad_norm(problem.params, (1e-3, 1e3)[window.index])
            (clip,) = window.clips
            assert isinstance(clip, Clip)
            assert clip.norm == norm
        problem.forget()
        seen.append(window)
    assert [window.clipped for window in seen] == [True, False, False]
    assert seen[0].explain().endswith("to 0.001.")
    assert "were not clipped" in seen[1].explain()
    assert not seen[2].clips
    assert not of_loops  # nothing is left behind


def test_clipping_by_value_and_in_groups_is_noted(problem: Problem) -> None:
    cell, readout = problem.cell.parameters(), problem.readout.parameters()
    problem.forget()
    first, second = problem.windows(3), problem.windows(3)
    window = next(first)
    largest = max(float(abs(leaf.grad).max()) for leaf in problem.params)
    mg.clip_grad_value(problem.params, 0.99 * largest)
    assert window.clipped
    assert f"1 of the gradients' {sum(leaf.size for leaf in problem.params)} elements were" in window.explain()
    mg.clip_grad_value(problem.params, largest)
    assert window.explain().endswith(f"No element was clipped to ±{largest:.4g}.")
    problem.forget()
    window = next(second)
    mg.clip_grad_norm(cell, 1e-3)
    mg.clip_grad_norm(readout, 1e3)
    assert window.clipped
    first.close()
    second.close()


def test_bytes_are_counted_anew_when_shapes_change() -> None:
    """As in attention over a memory that grows: the same number of records, of other shapes."""
    w = mg.parameter(np.ones(3))
    stream = [np.ones((rows, 3)) for rows in (1, 10, 10, 2)]
    windows = mg.truncated_bptt(lambda x, h: (mg.exp(w * x).mean(), h), stream, None, k1=1)
    assert [window.bytes_kept for window in windows] == [48, 480, 480, 96]


def test_bytes_are_counted_anew_when_other_operations_take_the_same_shapes() -> None:
    weight = mg.parameter(np.ones(6))

    def step(number: int, state: mg.Tensor) -> tuple[mg.Tensor, mg.Tensor]:
        state = state * weight
        return (mg.tanh(state) if number < 4 else mg.negative(state)).sum(), state

    _, curved, straight = [
        window.bytes_kept for window in mg.truncated_bptt(step, range(6), mg.tensor(np.ones(6)), k1=2)
    ]
    assert curved - straight == 2 * 6 * 8  # tanh keeps its result at each step, negative keeps nothing


def test_two_loops_side_by_side_note_their_own_clipping() -> None:
    one, two = Problem(4), Problem(4, seed=1)
    for first, second in zip(one.windows(2), two.windows(2), strict=True):
        mg.clip_grad_norm(two.params, 1e-3)
        assert (first.clipped, second.clipped) == (False, True)


def test_a_loop_that_is_left_early_leaves_no_note_behind(problem: Problem) -> None:
    for _ in problem.windows(3):
        break

    def fails() -> None:
        for _ in problem.windows(3):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not of_loops


def sentences(problem: Problem, index: int, *scheme: Any, **options: Any) -> str:
    return list(problem.windows(*scheme, **options))[index].explain()


def test_explain_says_what_was_differentiated_and_what_was_cut(problem: Problem) -> None:
    said = sentences(problem, 2, 2, 5, reduction="mean")
    assert "Window 2 added steps 5 to 6 to the tape." in said
    assert "Its 2 losses were walked back from, each exactly once, times 0.5, down to step 2" in said
    assert "lags up to 4, 3.5 on average" in said
    assert "The overlap, steps 2 to 4, was kept from earlier windows" in said
    assert "Everything before step 2 was cut" in said
    assert "Nothing was cut" in sentences(problem, 0, None)
    assert "run again with the parameters of this window" in sentences(problem, 2, 2, 5, overlap="recompute")
    assert "each through the last 3 uses of the parameters" in sentences(problem, 2, 2, 3, scheme="lag mask")
    masked = sentences(problem, 0, 6, 3, scheme="lag mask")
    assert "Nothing was cut" not in masked
    assert "the state that enters the first of these steps counts as a constant" in masked
    assert "Its loss was walked back from, down to step 9" in sentences(problem, 8, 1)


def test_explain_without_a_loss() -> None:
    windows = mg.truncated_bptt(lambda x, h: (None, h), [1, 2], np.zeros(3), k1=2)
    assert "No step had a loss" in next(windows).explain()


def window(**settings: Any) -> Window:
    """The third window of five steps, steps 11 to 15, with two losses."""
    given = {"border": 11, "losses": {12: 1.0, 15: 3.0}, **settings}
    return Window(2, 11, 15, given.pop("border"), given.pop("losses"), None, mg.Tape(), 4096, 0.1, **given)


WALKED = "Its 2 losses were walked back from, each exactly once, {}: lags up to {}, {} on average."
ONE = "Its loss was walked back from, times 0.5, down to step 11: lags up to 0, 0 on average."
NONE = "No step had a loss: there was nothing to walk."
THROUGH = "each through the last {} uses of the parameters at most"
KEPT = "The overlap, {}, was kept from earlier windows: each of its steps holds the parameter values of its own time."
AGAIN = "The overlap, step 10, was run again with the parameters of this window, from the stored state before step 10."
CUT = (
    "Everything before step {0} was cut: the state that enters step {0} counts as a constant, whatever it was computed "
    "from."
)
WHOLE = "Nothing was cut: the walk reached the beginning of the stream."
MASKED = "For each loss, the state that enters the first of these steps counts as a constant."


@pytest.mark.parametrize(
    ("settings", "lags", "said"),
    [
        ({}, (4, 2.5), [WALKED.format("down to step 11", 4, 2.5), CUT.format(11)]),
        ({"losses": {}}, (0, 0.0), [NONE, CUT.format(11)]),
        ({"losses": {11: 2.0}, "scale": 0.5}, (0, 0.0), [ONE, CUT.format(11)]),
        (
            {"border": 1},
            (14, 12.5),
            [WALKED.format("down to step 1", 14, 12.5), KEPT.format("steps 1 to 10"), WHOLE],
        ),
        (
            {"border": 10, "overlap": "recompute"},
            (5, 3.5),
            [WALKED.format("down to step 10", 5, 3.5), AGAIN, CUT.format(10)],
        ),
        (
            {"border": 9, "depth": 3},
            (2, 2.0),
            [WALKED.format(THROUGH.format(3), 2, 2), KEPT.format("steps 9 to 10"), MASKED],
        ),
        (
            {"border": 1, "depth": 20},
            (14, 12.5),
            [WALKED.format(THROUGH.format(20), 14, 12.5), KEPT.format("steps 1 to 10"), WHOLE],
        ),
        (
            {"border": 1, "depth": 14},
            (13, 12.0),
            [WALKED.format(THROUGH.format(14), 13, 12), KEPT.format("steps 1 to 10"), MASKED],
        ),
    ],
)
def test_every_window_is_explained_in_full(settings: Any, lags: Any, said: list[str]) -> None:
    explained = window(**settings)
    assert (explained.largest_lag, explained.mean_lag) == lags
    start, end = "Window 2 added steps 11 to 15 to the tape.", "Before the walk the residuals took 4,096 bytes."
    assert explained.explain() == " ".join([start, *said, end])
