"""Misuse of the loop gets an error that names the step."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from tests.bptt.problem import Problem


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem(4)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"k1": 0}, "k1=0"),
        ({"k1": 4, "k2": 3}, "k2=3 must be an integer of at least k1=4"),
        ({"k2": 3}, "k2=3"),
        ({"k1": 2, "reduction": "average"}, "reduction='average': use 'mean' or 'sum'"),
        ({"k1": 2, "overlap": "mix"}, "overlap='mix': use 'keep' or 'recompute'"),
        ({"k1": 2, "scheme": "newest"}, "scheme='newest': use 'window' or 'lag mask'"),
        ({"k1": 2, "k2": 0, "scheme": "lag mask"}, "k2=0 must be at least 1"),
        ({"k1": None, "k2": 3, "scheme": "lag mask"}, "scheme='lag mask' needs a k1"),
    ],
)
def test_bad_settings_are_refused_at_the_call(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mg.truncated_bptt(lambda x, h: (None, h), [], None, **settings)


def run(problem: Problem, second_step: Any, **settings: Any) -> None:
    """Run the loop with another function for the second step."""
    number = itertools.count(1)

    def step(inputs: Any, h: Any) -> Any:
        loss, h = problem.step(inputs, h)
        return (loss, h) if next(number) != 2 else second_step(loss, h)

    settings.setdefault("k1", 3)
    list(mg.truncated_bptt(step, problem.stream, problem.h0, **settings))


def foreign(h: Any) -> Any:
    with mg.Tape():
        return mg.parameter(h.numpy()) * 1.0


@pytest.mark.parametrize(
    ("second_step", "error", "words"),
    [
        (lambda loss, h: h, TypeError, "must return"),
        (lambda loss, h: (1.0, h), TypeError, "the loss must be a tensor"),
        (lambda loss, h: (h, h), mg.errors.ShapeError, "the loss has shape"),
        (lambda loss, h: (loss.detach(), h), mg.errors.UnusedError, "the loss depends on nothing"),
        (lambda loss, h: (mg.parameter(1.0), h), mg.errors.UnusedError, "the loss depends on nothing"),
        (lambda loss, h: (foreign(loss), h), mg.errors.ForeignTensorError, "another tape recorded the loss"),
        (lambda loss, h: (loss, foreign(h)), mg.errors.ForeignTensorError, "was recorded on another tape"),
        (lambda loss, h: (loss, (h, h)), mg.errors.ShapeError, "the state is a tuple of 2, before it was an array"),
        (lambda loss, h: (loss, None), mg.errors.ShapeError, "the state is None"),
        (lambda loss, h: (loss, h[:1]), mg.errors.ShapeError, r"of shape \(1, 4\), before it was .* \(2, 4\)"),
        (lambda loss, h: (loss, h.astype("float32")), mg.errors.DTypeError, "has dtype float32, before it was float64"),
    ],
)
def test_what_a_step_returns_is_checked(problem: Problem, second_step: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=f"step 2: .*{words}"):
        run(problem, second_step)


def test_a_change_deep_in_the_state_is_named(problem: Problem) -> None:
    def step(number: int, state: Any) -> Any:
        h = state["layers"][1]
        return None, {"layers": (state["layers"][0], h if number < 3 else h[:1])}

    with pytest.raises(mg.errors.ShapeError, match=r"step 3: the state\['layers'\]\[1\] is an array of shape \(1, 5\)"):
        list(mg.truncated_bptt(step, [1, 2, 3], {"layers": (np.ones(3), np.ones((2, 5)))}, k1=2))


def test_a_loss_of_a_window_that_was_cut_away_is_named(problem: Problem) -> None:
    losses = []

    def late(loss: Any, h: Any) -> Any:
        losses.append(loss)
        return None, h

    def step(inputs: Any, h: Any) -> Any:
        loss, h = problem.step(inputs, h)
        losses.append(loss)
        return losses[max(0, len(losses) - 3)], h

    with pytest.raises(mg.errors.CutError, match="step 3: the loss was computed at step 1, which cut 1 dropped"):
        list(mg.truncated_bptt(step, problem.stream, problem.h0, k1=2))


@pytest.mark.parametrize("settings", [{}, {"scheme": "lag mask"}, {"overlap": "recompute"}], ids=str)
def test_a_window_whose_losses_depend_on_no_parameter(settings: dict[str, Any]) -> None:
    def step(x: float, h: Any) -> Any:
        h = h * x
        return (h.sum() if x != 4 else None), h

    steps = "step 1" if "scheme" in settings else "steps 1 to 2"
    with pytest.raises(mg.errors.UnusedError, match=f"{steps}: the loss depends on no parameter"):
        next(mg.truncated_bptt(step, [1.0, 2.0, 4.0], mg.tensor(np.ones(2)), k1=3, **settings))


LOOPS = {
    "full": lambda *run: mg.truncated_bptt(*run),
    "windows": lambda *run: mg.truncated_bptt(*run, k1=3),
    "overlap": lambda *run: mg.truncated_bptt(*run, k1=2, k2=3),
    "recompute": lambda *run: mg.truncated_bptt(*run, k1=2, k2=3, overlap="recompute"),
    "artbp": lambda *run: mg.bptt.artbp(*run, cut_probability=lambda since: 0.0, reduction="sum"),
    "checkpointed": lambda *run: [mg.bptt.checkpointed_bptt(*run, states=2)],
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_one_loss_of_data_alone_among_others_is_named(problem: Problem, loop: Any) -> None:
    def step(inputs: Any, h: Any) -> Any:
        loss, h = problem.step(inputs, h)
        return (mg.square(mg.tensor(inputs[0])).mean() if inputs is problem.stream[2] else loss), h

    with pytest.raises(mg.errors.UnusedError, match="step 3: the loss was computed from constants only"):
        list(loop(step, problem.stream, problem.h0))


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_a_loss_of_the_entering_state_alone_is_no_mistake(problem: Problem, loop: Any) -> None:
    """Predict first, then read: the first loss of a window only looks at the state at its border."""

    def step(inputs: Any, h: Any) -> Any:
        return mg.square(h).mean(), problem.cell(inputs[0], h)

    assert list(loop(step, problem.stream[:3], problem.h0))
    problem.forget()


def test_an_initial_state_from_another_tape_is_refused_at_the_call(problem: Problem) -> None:
    with pytest.raises(mg.errors.ForeignTensorError, match=r"initial state .* another tape .*window\.state"):
        mg.truncated_bptt(problem.step, problem.stream, foreign(mg.tensor(problem.h0)), k1=2)


def test_a_state_may_begin_as_none_or_as_one_row() -> None:
    problem = Problem(4)

    def step(inputs: Any, h: Any) -> Any:
        return problem.step(inputs, mg.tensor(problem.h0[:1]) if h is None else h)

    assert len(list(mg.truncated_bptt(step, problem.stream, None, k1=2))) == 2
    h0 = mg.parameter(problem.h0[:1])
    windows = mg.truncated_bptt(problem.step, problem.stream, h0, k1=2, k2=4, overlap="recompute")
    assert len(list(windows)) == 2
    assert h0.grad.shape == (1, 4)


def test_the_dtype_of_the_initial_state_is_checked_in_the_first_step(problem: Problem) -> None:
    with pytest.raises(mg.errors.DTypeError, match="step 1: the state has dtype float64, before it was float32"):
        next(mg.truncated_bptt(problem.step, problem.stream, problem.h0.astype("float32"), k1=2))


def test_what_is_no_function_no_number_of_steps_and_no_overlap(problem: Problem) -> None:
    run = problem.stream, problem.h0
    for loop in (mg.truncated_bptt, lambda *given: mg.bptt.rtrl(*given, problem.params)):
        with pytest.raises(TypeError, match=r"step must be a function.*not int"):
            list(loop(5, *run))
    for settings, words in (
        ({"k1": "3"}, "k1='3' must be an integer, not str"),
        ({"k1": 2.5}, "k1=2.5 must be an integer, not float"),
        ({"k1": 1, "k2": True}, "k2=True must be an integer, not bool"),
    ):
        with pytest.raises(mg.errors.MisuseError, match=words):
            mg.truncated_bptt(problem.step, *run, **settings)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"resume takes an mg\.bptt\.Overlap, not str"):
        mg.truncated_bptt(problem.step, *run, k1=1, k2=2, resume="run.npz")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "fits"),
    [
        ((1, 3), (4, 3), True),
        ((1, 1), (4, 3), True),
        ((4, 3), (4, 3), True),
        ((2, 3), (4, 3), False),
        ((1, 3), (4, 5), False),
        ((4, 3), (1, 3), False),
        ((1, 3), (3,), False),
        ((3,), (1, 3), False),
    ],
)
def test_only_one_row_may_grow_and_only_at_the_first_step(before: Any, after: Any, fits: bool) -> None:
    def run(steps: int) -> None:
        """The last step changes the shape."""
        shapes = [before] * (steps - 1) + [after]
        list(mg.truncated_bptt(lambda shape, h: (None, mg.zeros(shape)), shapes, np.zeros(before), k1=1))

    if fits:
        run(1)
    else:
        with pytest.raises(mg.errors.ShapeError, match="step 1: the state is an array of shape"):
            run(1)
    if before != after:
        with pytest.raises(mg.errors.ShapeError, match="step 2: the state is an array of shape"):
            run(2)
