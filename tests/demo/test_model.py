from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from minigrad.demo import CharRNN, load_model, save_model
from minigrad.demo.model import CELLS
from minigrad.errors import CheckpointError
from minigrad.storage.saving import load, save


@pytest.mark.parametrize("cell", CELLS)
def test_model_and_vocabulary_survive_the_file(cell: str, tmp_path: Path) -> None:
    model = CharRNN(tokens=4, hidden=3, cell=cell, rng=0)
    save_model(tmp_path / "model.npz", model, " aé\n")
    loaded, vocabulary = load_model(tmp_path / "model.npz")
    assert vocabulary == " aé\n"
    assert type(loaded.cell) is CELLS[cell]
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(loaded.state_dict()[name], value)


def test_another_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(CheckpointError, match=r"other\.npz is no model of the demo; it holds a"):
        load_model(tmp_path / "other.npz")


def test_an_unknown_cell_is_named(tmp_path: Path) -> None:
    save_model(tmp_path / "model.npz", CharRNN(tokens=2, hidden=3, rng=0), "ab")
    save(tmp_path / "model.npz", {**load(tmp_path / "model.npz"), "kind": np.array("spam")})
    with pytest.raises(CheckpointError, match="'spam', which is none of rnn, gru, lstm"):
        load_model(tmp_path / "model.npz")
