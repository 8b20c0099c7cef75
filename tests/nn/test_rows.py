"""A state of one row serves a batch; a state of a batch does not serve inputs of one row."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, nn
from tests.nn.tools import CELLS

MORE = {
    **CELLS,
    "stacked": lambda n, h, **o: nn.Stacked([nn.GRUCell(n, h, **o), nn.LSTMCell(h, h, **o)]),
    "dropout of inputs": lambda n, h, **o: nn.VariationalDropout(nn.LSTMCell(n, h, **o), inputs=0.5, rng=0),
    "dropout": lambda n, h, **o: nn.VariationalDropout(nn.RNNCell(n, h, **o), recurrent=0.5, outputs=0.5, rng=0),
}
NO_TOKENS = ("dropout of inputs", True)


@pytest.mark.parametrize(
    ("kind", "tokens"), [(kind, tokens) for kind in MORE for tokens in (False, True) if (kind, tokens) != NO_TOKENS]
)
def test_only_a_state_of_one_row_serves_all(kind, tokens):
    cell = MORE[kind](3, 4, rng=0, dtype="float64")
    x = np.zeros(4, int) if tokens else np.ones((4, 3))
    assert cell.output(cell(x, cell.initial_state(1))).shape == (4, 4)
    state = cell.initial_state(4)
    with pytest.raises(errors.ShapeError, match=r"\(4, [34]\)"):
        cell(x[:1], state)
    with pytest.raises(errors.ShapeError, match=r"\(4, [34]\)"):
        nn.unroll(cell, [x[:1]], state)

    def step(item, state):
        state = cell(item, state)
        return mg.square(cell.output(state)).sum(), state

    with pytest.raises(errors.ShapeError, match=r"\(4, [34]\)"):
        for _ in mg.truncated_bptt(step, [x, x, x[:1]], state, k1=1):
            pass


@pytest.mark.parametrize("part", [0, 1])
def test_each_part_of_an_lstm_state(part):
    cell = nn.LSTMCell(3, 4, rng=0)
    state = [cell.initial_state(1)[0], cell.initial_state(1)[1]]
    state[part] = cell.initial_state(4)[part]
    with pytest.raises(errors.ShapeError, match=r"LSTMCell: the state has shape \(4, 4\), x has shape \(1, 3\)"):
        cell(np.ones((1, 3), "f4"), tuple(state))


class Widening(nn.Cell):
    inputs = hidden = 3

    def __call__(self, x, state):
        return state + x

    def initial_state(self, batch):
        return mg.tensor(np.zeros((batch, 3)))


def test_unroll_sees_it_in_a_cell_of_ones_own():
    with pytest.raises(errors.ShapeError, match=r"inputs have 1 rows, but the cell's output has shape \(4, 3\)"):
        nn.unroll(Widening(), np.ones((2, 1, 3)), np.zeros((4, 3)))
    assert nn.unroll(Widening(), np.ones((2, 4, 3)), np.zeros((1, 3)))[0].shape == (2, 4, 3)


def test_variational_dropout_takes_vectors_alone():
    for rates in ({"inputs": 0.5}, {"outputs": 0.5}):
        cell = nn.VariationalDropout(nn.LSTMCell(3, 4, rng=0, dtype="float64"), rng=0, **rates)
        state = cell.initial_state(3)
        with pytest.raises(errors.ShapeError, match="a mask of shape"):
            cell.output(cell(np.ones((3, 3, 3)), state))
