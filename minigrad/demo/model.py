"""The model: one recurrent cell and a read-out, and its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.checkpoint import load, save
from minigrad.tensor import Tensor, tensor

CELLS = {"rnn": mg.nn.RNNCell}


class CharRNN(mg.nn.Module):
    """Predicts the next character from the characters so far.

    Args:
        tokens: number of distinct characters.
        hidden: number of hidden units.
        cell: a key of ``CELLS``.
        rng: a NumPy generator or a seed for the initial values.
        device: ``"cpu"`` or ``"cuda"``.
    """

    def __init__(self, tokens: int, hidden: int, cell: str = "rnn", rng: Any = None, device: str = "cpu") -> None:
        rng = np.random.default_rng(rng)
        self.cell = CELLS[cell](tokens, hidden, rng=rng)
        self.readout = mg.nn.Linear(hidden, tokens, rng=rng)
        self.device = device
        self.to(device)

    def initial_state(self, batch: int) -> Tensor:
        """The state before the first character."""
        return self.cell.initial_state(batch)

    def predict(self, x: Any, h: Any) -> tuple[Tensor, Tensor]:
        """Read the characters ``x`` (batch,); returns logits (batch, tokens) for the next, and the state."""
        h = self.cell(tensor(x, name="x").to(self.device), h)
        return self.readout(h), h

    def step(self, inputs: Any, h: Any) -> tuple[Tensor, Tensor]:
        """One time step, as ``truncated_bptt`` takes it: (loss in nats, state)."""
        x, y = inputs
        logits, h = self.predict(x, h)
        return mg.nn.cross_entropy(logits, tensor(y, name="y").to(self.device)), h


def save_model(path: Path, model: CharRNN, vocabulary: str) -> None:
    """Write the parameters and the vocabulary to an ``.npz`` file of plain arrays."""
    save(path, {**model.state_dict(), "vocabulary": np.array(list(vocabulary))})


def load_model(path: Path, cell: str = "rnn", device: str = "cpu") -> tuple[CharRNN, str]:
    """The model that ``save_model`` wrote, and its vocabulary.

    Raises:
        CheckpointError: the file is no such model.
    """
    arrays = load(path)
    vocabulary = "".join(arrays.pop("vocabulary", np.array([], str)).tolist())
    hidden = len(arrays.get("readout.W", ()))
    model = CharRNN(len(vocabulary), hidden, cell, device=device)
    model.load_state_dict(arrays)
    return model, vocabulary
