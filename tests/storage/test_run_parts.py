"""The parts of a saved run: what fits which, what is said where nothing fits, and whose values change."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors
from minigrad.storage.runs import load_run, save_run


def test_constants_of_a_state_are_new_tensors(tmp_path):
    """Only a parameter, a learned initial state, takes the saved value itself."""
    learned, constant = mg.parameter([1.0, 2.0]), mg.tensor([3.0, 4.0])
    save_run(tmp_path / "run", state=(mg.parameter([5.0, 6.0]), mg.tensor([7.0, 8.0])))
    run = load_run(tmp_path / "run", state=(learned, constant))
    assert run.state[0] is learned
    assert run.state[1] is not constant
    assert [each.numpy().tolist() for each in (*run.state, constant)] == [[5.0, 6.0], [7.0, 8.0], [3.0, 4.0]]


@pytest.mark.parametrize("saved", [np.array([3]), np.array([[3]]), 3.0, "3"])
def test_a_number_comes_back_from_a_number_of_its_kind_only(saved, tmp_path):
    save_run(tmp_path / "run", position=saved)
    with pytest.raises(errors.CheckpointError, match=r"'position' was saved as .*, not as int"):
        load_run(tmp_path / "run", position=0)


def test_what_was_saved_and_what_is_asked_for_are_listed(tmp_path):
    save_run(tmp_path / "run", state={"h": 1, "c": 2}, position=3)
    cases = [
        ({"state": 5, "position": 3}, "'state' was saved with h, c, and is now to have a single value"),
        ({"state": {"h": 1}, "position": 3}, "'state' was saved with h, c, and is now to have h"),
        ({"state": None, "position": 3}, "'state' was saved with h, c, and is now to have nothing"),
        (
            {"state": {"h": 1, "c": 2}, "position": [1]},
            "'position' was saved with a single value, and is now to have 0",
        ),
        ({"state": {"h": 1, "c": 2}}, "holds the parts state, position; asked for were state"),
        ({"state": {"h": 1, "c": 2}, "position": 1, "more": 2}, "asked for were state, position, more"),
        ({"state": {"h": 1, "c": 2}, "position": 1, "more": 2, "less": None}, "were state, position, more, less"),
    ]
    for parts, words in cases:
        with pytest.raises(errors.CheckpointError, match=words):
            load_run(tmp_path / "run", **parts)
    assert load_run(tmp_path / "run", state={"h": 0, "c": 0}, position=0, more=None, empty=[]).position == 3


def test_another_error_while_loading_is_raised_as_it_is(tmp_path):
    class Part:
        def __init__(self):
            self.loaded = []

        def state_dict(self):
            return {"x": np.ones(2)}

        def load_state_dict(self, state):
            self.loaded.append(state)
            if len(self.loaded) == 1:
                raise RuntimeError("of my own")

    save_run(tmp_path / "run", part=Part())
    part = Part()
    with pytest.raises(RuntimeError, match=r"^of my own$"):
        load_run(tmp_path / "run", part=part)
    assert len(part.loaded) == 2, "what it had was put back"
