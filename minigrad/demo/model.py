"""The model: one recurrent cell and a read-out, and its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg

CELLS: dict[str, Any] = {"rnn": mg.nn.RNNCell, "gru": mg.nn.GRUCell, "lstm": mg.nn.LSTMCell}


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
        self.kind = cell
        self.cell: mg.nn.Cell = CELLS[cell](tokens, hidden, rng=rng)
        self.readout = mg.nn.Linear(hidden, tokens, rng=rng)
        self.device = device
        self.to(device)

    def initial_state(self, batch: int) -> Any:
        """The state before the first character."""
        return self.cell.initial_state(batch)

    def predict(self, x: Any, state: Any) -> tuple[mg.Tensor, Any]:
        """Read the characters ``x`` (batch,); returns logits (batch, tokens) for the next, and the state."""
        state = self.cell(mg.tensor(x, name="x").to(self.device), state)
        return self.readout(self.cell.output(state)), state

    def step(self, inputs: Any, state: Any) -> tuple[mg.Tensor, Any]:
        """One time step, as ``truncated_bptt`` takes it: (loss in nats, state)."""
        x, y = inputs
        logits, state = self.predict(x, state)
        return mg.nn.cross_entropy(logits, mg.tensor(y, name="y").to(self.device)), state


def save_model(path: Path, model: CharRNN, vocabulary: str) -> None:
    """Write the parameters, the kind of cell and the vocabulary to an ``.npz`` file of plain arrays."""
    mg.save(path, {**model.state_dict(), "kind": np.array(model.kind), "vocabulary": np.array(list(vocabulary))})


def load_model(path: Path, device: str = "cpu") -> tuple[CharRNN, str]:
    """The model that ``save_model`` wrote, and its vocabulary.

    Raises:
        CheckpointError: the file is no such model.
    """
    arrays = mg.load(path)
    vocabulary = "".join(arrays.pop("vocabulary", np.array([], str)).tolist())
    kind = str(arrays.pop("kind", "rnn"))
    if kind not in CELLS:
        raise mg.errors.CheckpointError(
            f"{path} holds a model with a cell {kind!r}, which is none of {', '.join(CELLS)}"
        )
    hidden = len(arrays.get("readout.W", ()))
    if not (vocabulary and hidden):
        raise mg.errors.CheckpointError(f"{path} is no model of the demo; it holds {', '.join(arrays) or 'nothing'}")
    model = CharRNN(len(vocabulary), hidden, kind, device=device)
    model.load_state_dict(arrays)
    return model, vocabulary
