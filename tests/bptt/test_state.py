"""The carried state: what may change from step to step, wherever in it, and what of a loop is settled by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.engine.context import current_tape
from minigrad.transforms.trees import tree_map
from tests.bptt.problem import Problem

STRUCTURES = {
    "alone": lambda h: h,
    "first of a pair": lambda h: (h, mg.zeros(3)),
    "second of a pair": lambda h: [mg.zeros(3), h],
    "in a dict": lambda h: {"a": mg.zeros(3), "b": h},
    "first in a dict": lambda h: {"b": h, "a": mg.zeros(3)},
    "deep": lambda h: ({"a": (mg.zeros(3), h)}, mg.zeros(2)),
    "beside a number": lambda h: (h, 1),
    "named": lambda h: mg.nn.LSTMState(mg.zeros((2, 3)), h),
}


def foreign() -> Any:
    with mg.Tape():
        return mg.parameter(np.zeros((2, 3))) * 1.0


CHANGES = {
    "shape": (lambda: mg.zeros((2, 4)), errors.ShapeError),
    "axes": (lambda: mg.zeros(6), errors.ShapeError),
    "growth": (lambda: mg.zeros((4, 3)), errors.ShapeError),
    "dtype": (lambda: mg.zeros((2, 3), dtype="float16"), errors.DTypeError),
    "tape": (foreign, errors.ForeignTensorError),
    "pair for a tensor": (lambda: (mg.zeros((2, 3)), mg.zeros((2, 3))), errors.ShapeError),
    "rows for a tensor": (lambda: (mg.zeros(3), mg.zeros(3)), errors.ShapeError),
    "empty for a tensor": (lambda: (), errors.ShapeError),
    "nothing for a tensor": (lambda: None, errors.ShapeError),
    "number for a tensor": (lambda: 3, errors.ShapeError),
    "dict for a tensor": (dict, errors.ShapeError),
}


@pytest.mark.parametrize("at", [1, 2, 4])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_change_of_any_part_at_any_step_is_named(structure: str, change: str, at: int) -> None:
    wrap, (changed, error) = STRUCTURES[structure], CHANGES[change]

    def step(number: int, state: Any) -> Any:
        return None, wrap(changed() if number == at else mg.zeros((2, 3)))

    with pytest.raises(error, match=rf"^step {at}: the state"):
        list(mg.truncated_bptt(step, range(1, 6), wrap(mg.zeros((2, 3))), k1=2))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": 1.0, "b": 1.0}, {"a": 1.0}),
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}),
        ((1.0, 1.0), (1.0,)),
        ((1.0,), (1.0, 1.0)),
        ((1.0,), {"a": 1.0}),
        ({"a": 1.0}, (1.0,)),
        (None, 1.0),
        (None, (1.0,)),
        (1.0, None),
        ((1.0, 1.0), None),
        ((1.0, 1.0), 1.0),
    ],
)
@pytest.mark.parametrize("at", [2, 3])
@pytest.mark.parametrize("of_tensors", [True, False])
def test_a_change_of_the_structure_is_named(before: Any, after: Any, of_tensors: bool, at: int) -> None:
    def made(tree: Any) -> Any:
        return tree_map(mg.tensor, tree) if of_tensors else tree

    step = lambda k, h: (None, made(after if k == at else before))
    with pytest.raises(errors.ShapeError, match=rf"^step {at}: the state is .*, before it was"):
        list(mg.truncated_bptt(step, [1, 2, 3], made(before), k1=1))


def test_a_plain_value_may_become_anything() -> None:
    values = [1, 2.5, "text", np.zeros(3), np.zeros(2), 7]
    windows = mg.truncated_bptt(lambda value, h: (None, (h[0], value)), values, (np.zeros(2), 0), k1=1)
    assert [window.state[1] is value for window, value in zip(windows, values, strict=True)] == [True] * 6


@pytest.mark.parametrize("result", [(), (None,), (None, 0, 0), [None, 0]])
def test_a_step_returns_a_pair(result: Any) -> None:
    with pytest.raises(TypeError, match=r"step 1: step\(inputs, state\) must return \(loss, state\)"):
        list(mg.truncated_bptt(lambda x, h: result, [1], 0, k1=1))


def test_the_initial_state_is_the_one_that_was_given() -> None:
    """What its owner writes into it later is not seen."""
    problem = Problem(4)
    expected = [window.loss for window in problem.windows(2)]
    h0 = problem.h0.copy()
    windows = mg.truncated_bptt(problem.step, problem.stream, h0, k1=2, reduction="sum")
    h0[:] = 9.0
    assert [window.loss for window in windows] == expected


@pytest.mark.parametrize("overlap", ["keep", "recompute"])
@pytest.mark.parametrize("start", [0, np.int64(0), "text"])
def test_a_state_may_hold_what_is_no_tensor(overlap: str, start: Any) -> None:
    problem, alone = Problem(6), Problem(6)

    def step(inputs: Any, state: Any) -> Any:
        loss, h = problem.step(inputs, state[0])
        return loss, (h, state[1])

    options = {"k1": 2, "k2": 4, "overlap": overlap, "reduction": "sum"}
    windows = mg.truncated_bptt(step, problem.stream, (problem.h0, start), **options)
    for window, like in zip(windows, mg.truncated_bptt(alone.step, alone.stream, alone.h0, **options), strict=True):
        assert window.losses == like.losses
        assert window.state[1] == start
        for mine, other in zip(problem.params, alone.params, strict=True):
            np.testing.assert_array_equal(mine.grad, other.grad)
        problem.forget()
        alone.forget()


@pytest.mark.parametrize("k", [np.int64(2), np.int32(2), np.uint8(2)])
def test_settings_may_be_numpy_integers(k: Any) -> None:
    problem = Problem(6)
    expected = [window.losses for window in problem.windows(2, 2)]
    assert [window.losses for window in problem.windows(k, k)] == expected
    assert [window.losses for window in problem.windows(k, k, scheme="lag mask")] == expected


@pytest.mark.parametrize("k2", [2.0, 3.5, "3", True])
@pytest.mark.parametrize("scheme", ["window", "lag mask"])
def test_k2_is_an_integer(k2: Any, scheme: str) -> None:
    with pytest.raises((ValueError, TypeError), match="k2="):
        mg.truncated_bptt(lambda x, h: (None, h), [], None, k1=2, k2=k2, scheme=scheme)


@pytest.mark.parametrize("options", [{}, {"overlap": "recompute"}, {"scheme": "lag mask"}])
def test_a_window_has_its_whole_tape_inspected_or_not(options: Any) -> None:
    problem = Problem(6)
    for inspect in (True, False):
        for window in problem.windows(2, 4, inspect=inspect, **options):
            assert window.tape.inspect is inspect
            steps = {record.step for record in window.tape}
            assert steps == set(range(window.border, window.last_step + 1))
            assert window.overlap == options.get("overlap", "keep")
            assert 0 <= window.seconds < 60


def test_a_loss_of_the_state_at_the_border_beside_one_of_a_parameter() -> None:
    """The first has no gradient in its window, rightly; neither is refused."""
    w = mg.parameter(2.0)

    def step(number: int, state: Any) -> Any:
        h, count = state
        loss = h * 1.0 if number % 2 else w * 3.0
        return loss, ((h * 1.0 if number % 2 else w * h), count + 1)

    for window in mg.truncated_bptt(step, range(1, 7), (np.array(1.0), 0), k1=2, reduction="sum"):
        assert (float(w.grad), window.state[1]) == (3.0, window.last_step)
        w.grad = None


def test_a_loss_of_data_alone_is_refused_beside_one_of_a_parameter() -> None:
    w, data = mg.parameter(2.0), mg.tensor(5.0)
    losses = [lambda h: w * 3.0, lambda h: data * 3.0]
    with pytest.raises(errors.UnusedError, match="step 2: the loss was computed from constants only"):
        list(mg.truncated_bptt(lambda k, h: (losses[k](h), h), [0, 1], (np.zeros(2), 7), k1=2))


@pytest.mark.parametrize("number", range(8))
def test_a_loss_of_data_alone_is_refused_whatever_another_tape_holds(number: int) -> None:
    """The state, which no step uses, has a place there: that of any tensor on the loop's own tape."""
    w, data, state = mg.parameter(2.0), mg.tensor(5.0), mg.tensor(1.0)
    with mg.Tape() as other:
        for _ in range(number):
            other.name(mg.tensor(0.0), "another")
        other.name(state, "state")
    losses = [lambda: w * 3.0, lambda: data * 3.0]
    with pytest.raises(errors.UnusedError, match="step 2: the loss was computed from constants only"):
        list(mg.truncated_bptt(lambda k, h: (losses[k](), h), [0, 1], state, k1=2))


@pytest.mark.parametrize("alone", [True, False])
def test_a_learned_state_that_is_handed_on_ends_at_the_cut(alone: bool) -> None:
    w, h0 = mg.parameter(0.5), mg.parameter(2.0)
    delayed = lambda x, state: (w * state[0] * state[1], (w * state[0], state[0])), [1, 2], (h0, np.array(0.3))
    found = []
    for _ in mg.truncated_bptt(*((lambda x, h: (w * h * 0.3, h), [1, 2], h0) if alone else delayed), k1=1):
        found.append(None if h0.grad is None else float(h0.grad))
        h0.grad = None
    assert found == [pytest.approx(0.5 * 0.3), None]


def test_a_state_of_another_tape_is_refused_whatever_its_step() -> None:
    """Also where the number of its step there is that of the loop's tape."""

    def step(x: float, h: Any) -> Any:
        key = current_tape()._key
        with mg.Tape() as other:
            other.step = key
            return None, mg.parameter(np.zeros(2)) * 1.0

    with pytest.raises(errors.ForeignTensorError, match=r"step 1: the state, of shape .* was recorded on another tape"):
        list(mg.truncated_bptt(step, [1.0], np.zeros(2), k1=1))


@pytest.mark.parametrize("leaf", [mg.parameter, mg.tensor])
def test_a_leaf_is_no_loss(leaf: Any) -> None:
    w = leaf(2.0)
    with pytest.raises(
        errors.UnusedError, match="step 1: the loss depends on nothing that was computed in this window"
    ):
        list(mg.truncated_bptt(lambda x, h: (w, h * w), [1.0], np.ones(2), k1=1))


# -- reset -----------------------------------------------------------------------------------------


def test_a_mask_may_be_a_tensor_and_counters_stay_whole() -> None:
    count, fresh = np.array([3, 4]), np.array([True, False])
    for mask in (fresh, mg.tensor(fresh)):
        result = mg.bptt.reset({"count": count, "h": np.ones((2, 3), "float32")}, mask)
        assert (result["count"].dtype, result["count"].tolist()) == (np.int64, [0, 4])
        assert (result["h"].dtype, result["h"].tolist()) == (np.float32, [[0.0] * 3, [1.0] * 3])


def test_a_mask_has_one_axis() -> None:
    for state in (np.ones((1, 3)), np.ones((2, 3))):
        with pytest.raises(errors.ShapeError, match=r"the mask has shape \(2, 3\)"):
            mg.bptt.reset(state, np.ones((2, 3), bool))


@pytest.mark.parametrize("which", ["inputs", "recurrent", "outputs"])
def test_masks_of_dropout_need_a_start_wherever_they_are(which: str) -> None:
    plain, masked = (
        mg.nn.RNNCell(3, 3, rng=0),
        mg.nn.VariationalDropout(mg.nn.RNNCell(3, 3, rng=0), **{which: 0.5}, rng=0),
    )
    for cells in ((plain, masked), (masked, plain)):
        state = tuple(cell.initial_state(2) for cell in cells)
        with pytest.raises(ValueError, match="masks of dropout"):
            mg.bptt.reset(state, np.array([True, False]))
