"""Rows of a batch end and begin again by themselves, and no gradient flows across."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.transforms.trees import tree_map
from tests.bptt.problem import BATCH, CELLS, INPUTS, OUTPUTS, Network


def sequence(rng: np.random.Generator, steps: int) -> list[Any]:
    return [(rng.standard_normal((1, INPUTS)), rng.standard_normal((1, OUTPUTS))) for _ in range(steps)]


def together(rows: list[list[list[Any]]]) -> list[Any]:
    """Sequences one after the other in each row, as items (x, y, which rows begin)."""
    flat = [[(x, y, t == 0) for part in row for t, (x, y) in enumerate(part)] for row in rows]
    items = []
    for columns in zip(*flat, strict=True):
        xs, ys, begins = zip(*columns, strict=True)
        items.append((np.concatenate(xs), np.concatenate(ys), np.array(begins)))
    return items


def flat_grad(network: Any) -> Any:
    gradient = np.concatenate([leaf.grad.ravel() for leaf in network.parameters()])
    for leaf in network.parameters():
        leaf.grad = None
    return gradient


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("k1", [None, 2, 3])
def test_a_reset_row_trains_as_if_its_sequences_were_alone(cell: str, k1: int | None, rng: Any) -> None:
    """Borders at the same steps as the sequences' own windows would have; losses add up over rows."""
    network = Network(cell, rng)
    rows = [[sequence(rng, 6), sequence(rng, 6)], [sequence(rng, 6), sequence(rng, 6)]]
    start = tree_map(lambda leaf: rng.standard_normal((1, *leaf.shape[1:])), network.cell.initial_state(1))

    def step(item: Any, state: Any) -> Any:
        x, y, fresh = item
        return network.step((x, y), mg.bptt.reset(state, fresh, start))

    for _ in mg.truncated_bptt(step, together(rows), network.cell.initial_state(BATCH), k1=k1, reduction="sum"):
        pass
    got = flat_grad(network)
    for row in rows:
        for part in row:
            for _ in mg.truncated_bptt(network.step, part, start, k1=k1, reduction="sum"):
                pass
    np.testing.assert_allclose(got, flat_grad(network) / BATCH, rtol=1e-12, atol=1e-14)  # the loss is a mean


def test_the_gradient_stops_at_a_reset_and_only_in_its_row() -> None:
    h = mg.parameter([[1.0, 2.0], [3.0, 4.0]])
    start = mg.parameter([10.0, 20.0])
    with mg.Tape() as tape:
        new = mg.bptt.reset(h, np.array([True, False]), start)
        tape.backward((new * np.array([[1.0, 2.0], [3.0, 4.0]])).sum())
    assert new.numpy().tolist() == [[10.0, 20.0], [3.0, 4.0]]
    assert h.grad.tolist() == [[0.0, 0.0], [3.0, 4.0]]
    assert start.grad.tolist() == [1.0, 2.0]


def test_two_streams_in_one_batch_never_mix(rng: Any) -> None:
    """What one row reads, resets or not, changes nothing in the other row."""
    network = Network("gru", rng)
    mine, other, another = sequence(rng, 5), sequence(rng, 5), sequence(rng, 5)

    def gradient_of_first_row(second: list[Any], begins: int) -> Any:
        def step(item: Any, h: Any) -> Any:
            number, (x, y), (x2, _) = item
            h = mg.bptt.reset(h, np.array([False, number == begins]))
            h = network.cell(np.concatenate([x, x2]), h)
            return mg.nn.mse_loss(network.readout(h)[:1], y), h

        stream = zip(range(5), mine, second, strict=True)
        for _ in mg.truncated_bptt(step, stream, np.zeros((2, 4)), k1=2, k2=3):
            pass
        return flat_grad(network)

    expected = gradient_of_first_row(other, 2)
    np.testing.assert_allclose(gradient_of_first_row(another, 4), expected, rtol=1e-13, atol=1e-15)


def test_zeros_by_default_in_the_dtype_of_the_state() -> None:
    state = (mg.tensor(np.ones((3, 2), "float32")), {"c": mg.tensor(np.ones((3, 1, 2)))})
    h, rest = mg.bptt.reset(state, np.array([True, False, True]))
    assert h.dtype == "float32"
    assert h.numpy()[:, 0].tolist() == [0, 1, 0]
    assert rest["c"].numpy()[:, 0, 1].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("state", "mask", "start", "error", "words"),
    [
        (np.ones((2, 3)), np.array([1, 0]), None, mg.errors.DTypeError, "booleans, one for each row"),
        (np.ones((2, 3)), True, None, mg.errors.DTypeError, "booleans"),
        (np.ones((2, 3)), np.array([True]), None, mg.errors.ShapeError, r"mask has shape \(1,\), the state \(2, 3\)"),
        ((np.ones((2, 3)), 4), np.array([True, False]), None, mg.errors.MisuseError, "holds 4, which has no rows"),
        (
            np.ones((2, 3), "float32"),
            np.array([True, False]),
            np.ones(3),
            mg.errors.DTypeError,
            r"start has dtype float64, the state float32; .*astype\('float32'\) \(at .*test_reset.py:\d+\)",
        ),
        ((np.ones((2, 3)),) * 2, np.array([True, False]), np.ones(3), mg.errors.ShapeError, "1 parts, the state 2"),
    ],
)
def test_misuse(state: Any, mask: Any, start: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        mg.bptt.reset(state, mask, start)


def test_masks_of_dropout_are_drawn_anew_and_never_zeroed() -> None:
    cell = mg.nn.Stacked([mg.nn.VariationalDropout(mg.nn.RNNCell(2, 8, rng=0), recurrent=0.5, rng=0)])
    state, fresh = cell.initial_state(3), np.array([True, False, True])
    with pytest.raises(ValueError, match=r"masks of dropout.*start=cell\.initial_state\(batch\)"):
        mg.bptt.reset(state, fresh)
    start = cell.initial_state(3)
    (masked,) = mg.bptt.reset(state, fresh, start)
    expected = np.where(fresh[:, None], start[0].recurrent.value, state[0].recurrent.value)
    np.testing.assert_array_equal(masked.recurrent.value, expected)
    cell.eval()
    mg.bptt.reset(cell.initial_state(3), fresh)  # no masks, nothing to lose


def test_a_learned_row_begins_every_sequence(rng: Any) -> None:
    """The state of the first step is still that one row, of which each row of the batch takes a copy."""
    h0, w = mg.parameter(rng.standard_normal((1, 3))), mg.parameter(rng.standard_normal((3, 3)))
    xs, fresh = rng.standard_normal((4, 2, 3)), np.zeros((4, 2), bool)
    fresh[2, 1] = True

    def step(item: Any, h: Any) -> Any:
        x, begins = item
        h = mg.tanh(mg.bptt.reset(h, begins, h0) @ w + x)
        return mg.square(h).sum(), h

    def plain(x: Any, h: Any) -> Any:
        h = mg.tanh(h @ w + x)
        return mg.square(h).sum(), h

    list(mg.truncated_bptt(step, zip(xs, fresh, strict=True), h0, reduction="sum"))
    together, h0.grad = h0.grad, None
    for part in (xs[:, :1], xs[:2, 1:], xs[2:, 1:]):
        list(mg.truncated_bptt(plain, part, h0, reduction="sum"))
    np.testing.assert_allclose(together, h0.grad, rtol=1e-12)
