"""Rows whose state is no number, and which a mask hides, count for nothing in the gradient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from tests.bptt.problem import BATCH, CELLS, INPUTS, Network

pytestmark = pytest.mark.unwitnessed("the reference multiplies what a mask has hidden by its cotangent 0")
STEPS, BEGIN = 5, 3
LOST = np.arange(BATCH) == 1  # the row that is lost up to the step BEGIN


def gradients(network: Any, inputs: Any, *, between: Any = lambda h: h, order: int = 1) -> list[np.ndarray]:
    """Of the other rows' losses, and from the reset on of all: nothing of the lost row."""
    leaves = network.parameters()
    with np.errstate(all="ignore"), mg.Tape() as tape:
        state, loss = network.cell.initial_state(BATCH), 0.0
        for t, x in enumerate(inputs):
            if t == BEGIN:
                state = mg.bptt.reset(state, LOST)
            state = between(network.cell(x, state))
            shown = mg.square(network.cell.output(state))
            loss = loss + mg.sum(shown if t >= BEGIN else shown[~LOST])
        assert np.isfinite(loss.item())
        found = tape.gradient(loss, leaves, unused="zero", create_graph=order == 2)
        if order == 2:
            found = tape.gradient(sum(mg.sum(mg.square(g)) for g in found), leaves, unused="zero")
    return [g.numpy() for g in found]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("cell", CELLS)
def test_a_row_that_is_no_number_until_its_reset(cell: str, bad: float, order: int, rng: Any) -> None:
    network = Network(cell, rng)
    inputs = rng.standard_normal((STEPS, BATCH, INPUTS))
    right = gradients(network, inputs, order=order)
    inputs[:BEGIN, LOST] = bad
    for ours, expected in zip(gradients(network, inputs, order=order), right, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "f", [mg.tanh, mg.sigmoid, mg.relu, mg.softplus, mg.sin, mg.exp, lambda h: h / (3 + h), mg.abs, lambda h: h * 2.0]
)
def test_elementwise_functions_of_such_a_row(f: Any, rng: Any) -> None:
    network = Network("rnn", rng)
    inputs = rng.standard_normal((STEPS, BATCH, INPUTS))
    right = gradients(network, inputs, between=f)
    inputs[0, LOST, 0] = np.nan
    for ours, expected in zip(gradients(network, inputs, between=f), right, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_parameter_that_multiplies_the_row(bad: float) -> None:
    """From the reports of other systems."""
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        h = mg.bptt.reset(w * mg.tensor([[bad], [0.1]]), np.array([True, False]))
        tape.backward(mg.sum(w * h))
    np.testing.assert_allclose(w.grad, 0.1)  # (w · 0.1) w


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("f", [lambda h, bad: h * bad, lambda h, bad: h * 3.0 * bad, lambda h, bad: -2.0 * h * bad])
def test_a_number_that_multiplies_all_rows(f: Any, bad: float) -> None:
    """It counts for nothing if all rows are hidden; of a row that is seen, the gradient is none."""
    w = mg.parameter(np.ones(2))
    with np.errstate(all="ignore"), mg.Tape() as tape:
        h, five = f(w, float(bad)), mg.sum(w * 5.0)
        all_hidden = mg.sum(mg.bptt.reset(h, np.array([True, True]))) + five
        assert tape.gradient(all_hidden, w, retain=True).numpy().tolist() == [5, 5]
        one_seen = mg.sum(mg.bptt.reset(h, np.array([True, False]))) + five
        assert not np.isfinite(tape.gradient(one_seen, w).numpy()[1])


@pytest.mark.parametrize("f", [mg.tanh, mg.sigmoid])
def test_numbers_beside_what_is_hidden_keep_their_gradient(f: Any) -> None:
    w = mg.parameter(np.ones(2))
    expected = mg.grad(lambda w: mg.sum(f(w * 0.5)))(np.ones(2)).numpy()
    with mg.Tape() as tape:
        seen = mg.sum(f(w * 0.5))
        hidden = mg.sum(mg.bptt.reset(w * np.array([np.nan, 0.0]), np.array([True, False])))
        np.testing.assert_array_equal(tape.gradient(seen + hidden, w).numpy(), expected)


def test_what_divides_all_rows_counts_for_nothing() -> None:
    w = mg.parameter(np.ones(2))
    with mg.Tape() as tape:
        hidden = mg.bptt.reset(w / float("nan"), np.array([True, True]))
        assert tape.gradient(mg.sum(hidden) + mg.sum(w * 5.0), w).numpy().tolist() == [5, 5]


@pytest.mark.parametrize(("f", "second"), [(lambda w: w * 3.0, 6.0), (lambda w: w / math.inf, 0.0)])
def test_a_cotangent_that_happens_to_be_0_is_derived_again(f: Any, second: float) -> None:
    """Beside what is hidden: of f(w) · (w − 2) at 2."""
    w = mg.parameter(np.full(1, 2.0))
    with mg.Tape() as tape:
        seen = f(w)
        hidden = mg.bptt.reset(w * np.full(1, np.nan), np.array([True]))
        g = tape.gradient(mg.sum(seen * (w - 2.0)) + mg.sum(hidden), w, create_graph=True)
        assert tape.gradient(mg.sum(g), w).numpy().tolist() == [second]


def test_a_negative_number_to_a_power_that_is_hidden() -> None:
    w = mg.parameter(np.full((2, 1), -2.0))
    with mg.Tape() as tape:
        hidden = mg.bptt.reset((w**3.0) * np.nan, np.array([True, True]))
        g = tape.gradient(mg.sum(hidden) + mg.sum(w**3.0), w).numpy()
    assert g.tolist() == [[12], [12]]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_vector_that_is_hidden_as_a_whole(bad: float) -> None:
    w = mg.parameter(np.ones((3, 2)))
    with np.errstate(all="ignore"), mg.Tape() as tape:
        hidden = mg.bptt.reset(np.full(3, bad) @ w, np.array([True, True]))
        seen = np.ones(3) @ w
        assert tape.gradient(mg.sum(hidden) + mg.sum(seen), w).numpy().tolist() == np.ones((3, 2)).tolist()


def test_a_product_of_vectors_that_is_hidden(xp: Any) -> None:
    w = mg.parameter(xp.asarray(np.ones(2)))
    with mg.Tape() as tape:
        product = (w * xp.asarray(np.array([math.nan, 1.0]))) @ w
        hidden = mg.bptt.reset(mg.stack([product, product]), xp.asarray(np.array([True, True])))
        assert tape.gradient(mg.sum(hidden) + mg.sum(w), w).numpy().tolist() == [1, 1]


def test_what_no_mask_hides_is_not_made_up() -> None:
    """Of a row that the target sees, NaN stays NaN, and an infinite value whose inverse is seen too."""
    w = mg.parameter(np.ones((3, 1)))
    with np.errstate(all="ignore"), mg.Tape() as tape:
        h = w * np.array([[np.nan], [2.0], [0.0]])
        inverse = mg.reciprocal(mg.reciprocal(h))  # 0 at 0, with slope 1
        mg.bptt.reset(h, np.array([True, False, False]))
        found = tape.gradient(mg.sum(inverse), w).numpy()
    assert found[1] == 2
    assert not np.isfinite(found[[0, 2]]).any()


@pytest.mark.parametrize("rows", [BATCH, 1])
def test_a_tape_notes_only_what_is_no_number(rows: int) -> None:
    p = mg.parameter(np.ones((rows, 2)))
    with mg.Tape() as tape:
        h = p * 2.0
        mg.bptt.reset(h, LOST)
        assert tape.hidden is None
        mg.bptt.reset(h * np.nan, np.zeros(BATCH, bool))
        assert tape.hidden is None
        if rows == BATCH:
            mg.bptt.reset(h * np.where(LOST, 1.0, np.nan)[:, None], LOST)
            assert tape.hidden is None
        mg.bptt.reset(h * np.nan, LOST)
        assert tape.hidden is not None


def test_a_state_that_is_on_no_tape_is_reset_as_any_other() -> None:
    lost = np.array([[np.nan], [1.0]])
    mask = np.array([True, False])
    for state in (lost, mg.tensor(lost)):
        assert np.asarray(mg.bptt.reset(state, mask)).tolist() == [[0], [1]]
        with mg.Tape() as tape:
            mg.bptt.reset(state, mask)
            assert tape.hidden is None


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_layer_before_logits_that_are_ignored(bad: float, rng: Any) -> None:
    layer, targets = nn.Linear(3, 4, rng=0, dtype="float64"), np.array([1, -1, 2])
    x = rng.standard_normal((3, 3))

    def found() -> list[np.ndarray]:
        with np.errstate(all="ignore"), mg.Tape() as tape:
            loss = mg.cross_entropy(mg.tanh(layer(x)) @ np.eye(4), targets, ignore_index=-1)
            return [g.numpy() for g in tape.gradient(loss, layer.parameters())]

    right = found()
    x[1] = bad
    for ours, expected in zip(found(), right, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_only_target_is_ignored(reduction: str) -> None:
    p = mg.parameter(np.ones(3))
    with np.errstate(all="ignore"), mg.Tape() as tape:
        for logits in (p * 2.0, p * np.full(3, np.nan)):
            loss = mg.cross_entropy(logits, np.array(-1), reduction, ignore_index=-1)
            assert loss.item() == 0
            assert tape.gradient(loss, p, unused="zero").numpy().tolist() == [0, 0, 0]


def test_nothing_stands_for_an_infinity_that_a_softmax_over_the_rows_reads() -> None:
    """A logit of −∞ has no share, whatever else becomes of its row: the partials are those of the others."""
    x = mg.parameter(np.array([[-np.inf, 1.0], [2.0, 3.0]]))
    with mg.Tape() as tape:
        h = x * 1.0
        logs = mg.log_softmax(h, axis=0)
        fresh = mg.bptt.reset(h, np.array([True, False]))
        tape.backward(mg.sum(logs[1] * np.array([1.0, 2.0])) + mg.sum(fresh))
    share = 1 / (1 + np.exp(2.0))  # of the first row, in the second column
    np.testing.assert_allclose(x.grad, [[0.0, -2 * share], [1.0, 1.0 + 2 * share]], rtol=1e-12)
