"""Every cell against PyTorch's, against finite differences, and on a device."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.transforms.trees import tree_leaves, tree_map
from tests.nn.tools import CELLS, check_gradients, on, torch_cell, torch_weights
from tests.numeric import host

TIME, BATCH, SIZE, HIDDEN = 5, 3, 4, 6


def make(kind, **options):
    return CELLS[kind](SIZE, HIDDEN, rng=0, dtype="float64", **options)


def run(cell, xs, state):
    """The outputs of each step, and the last state."""
    outputs = []
    for x in xs:
        state = cell(x, state)
        outputs.append(cell.output(state))
    return outputs, state


@pytest.mark.parametrize("tokens", [False, True], ids=["vectors", "tokens"])
@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("steps", [1, TIME])
def test_agrees_with_pytorch(kind, steps, tokens, rng, torch):
    cell = make(kind)
    theirs = torch_cell(torch, cell)
    xs = rng.integers(0, SIZE, (steps, BATCH)) if tokens else rng.standard_normal((steps, BATCH, SIZE))
    ys = np.eye(SIZE)[xs] if tokens else xs
    start = tree_map(lambda leaf: rng.standard_normal(leaf.shape), cell.initial_state(BATCH))
    seeds = rng.standard_normal((steps, BATCH, HIDDEN))
    leaves = tree_map(mg.parameter, start)
    with mg.Tape() as tape:
        outputs, state = run(cell, xs, leaves)
        tape.backward(sum((y * seed).sum() for y, seed in zip(outputs, seeds, strict=True)))
    begin = tree_map(lambda a: torch.tensor(a, requires_grad=True), start)
    other = tuple(begin) if isinstance(begin, tuple) else begin
    total = 0.0
    for y, seed, mine in zip(ys, seeds, outputs, strict=True):
        other = theirs(torch.tensor(y), other)
        h = other[0] if isinstance(other, tuple) else other
        np.testing.assert_allclose(mine.value, h.detach().numpy(), rtol=1e-10, atol=1e-12)
        total = total + (h * torch.tensor(seed)).sum()
    total.backward()
    for mine, reference in zip(tree_leaves(state), tree_leaves(other), strict=True):
        np.testing.assert_allclose(mine.value, reference.detach().numpy(), rtol=1e-10, atol=1e-12)
    for mine, reference in zip(tree_leaves(leaves), tree_leaves(begin), strict=True):
        np.testing.assert_allclose(mine.grad, reference.grad.numpy(), rtol=1e-10, atol=1e-12)
    both = "bias_hh" if kind == "GRU" else "bias_ih"
    for name, grad in torch_weights(cell, lambda leaf: leaf.grad).items():
        if name != "bias_hh" or name == both:
            np.testing.assert_allclose(grad, getattr(theirs, name).grad.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("learn", [False, True], ids=["zeros", "learned"])
@pytest.mark.parametrize("kind", CELLS)
def test_gradients(kind, learn, rng, xp):
    xs = rng.standard_normal((3, BATCH, SIZE))

    def loss(cell, asarray):
        outputs, state = run(cell, asarray(xs), cell.initial_state(BATCH))
        return sum((y * y).sum() for y in outputs) + sum(s.sum() for s in tree_leaves(state))

    check_gradients(lambda: make(kind, learn_state=learn), loss, rng, xp)


@pytest.mark.parametrize("kind", CELLS)
def test_tokens_are_one_hot_vectors(kind, xp):
    cell = on(xp, make(kind))
    tokens = np.array([3, 0, 3])
    state = cell.initial_state(3)
    short, long = cell(xp.asarray(tokens), state), cell(xp.asarray(np.eye(SIZE)[tokens]), state)
    for a, b in zip(tree_leaves(short), tree_leaves(long), strict=True):
        np.testing.assert_allclose(host(a), host(b), rtol=1e-12)


@pytest.mark.parametrize("kind", CELLS)
def test_initial_state(kind, xp):
    cell = on(xp, CELLS[kind](SIZE, HIDDEN, rng=0))
    for leaf in tree_leaves(cell.initial_state(7)):
        assert (leaf.shape, leaf.dtype, leaf.wants_grad) == ((7, HIDDEN), np.float32, False)
        assert type(leaf.value) is type(cell.W_h.value)
        assert not host(leaf).any()


@pytest.mark.parametrize("kind", CELLS)
def test_float32_stays_float32(kind, xp):
    cell = on(xp, CELLS[kind](SIZE, HIDDEN, rng=0, learn_state=True))
    with mg.Tape() as tape:
        outputs, _ = run(cell, xp.asarray(np.ones((2, BATCH, SIZE), "float32")), cell.initial_state(BATCH))
        tape.backward(outputs[-1].sum())
    assert {r.dtype.name for r in tape} == {"float32"}
    assert {p.grad.dtype.name for p in cell.parameters()} == {"float32"}


@pytest.mark.parametrize("kind", CELLS)
def test_a_learned_state_is_trained_by_the_first_window_only(kind, xp, rng):
    cell = on(xp, make(kind, learn_state=True))
    learned = tree_leaves(cell.initial_state(BATCH))
    assert all(leaf.wants_grad and leaf.shape == (1, HIDDEN) for leaf in learned)
    names = [name for name, _ in cell.named_parameters()]
    assert names[-len(learned) :] == ["h0", "c0"][: len(learned)]
    xs = xp.asarray(rng.standard_normal((6, BATCH, SIZE)))
    optimizer = mg.optim.SGD(cell.parameters(), 0.1)

    def step(x, state):
        state = cell(x, state)
        return cell.output(state).sum(), state

    for window in mg.truncated_bptt(step, xs, cell.initial_state(BATCH), k1=3):
        assert all((leaf.grad is not None) == (window.index == 0) for leaf in learned)
        assert {leaf.shape for leaf in tree_leaves(window.state)} == {(BATCH, HIDDEN)}
        optimizer.step()
    assert all(host(leaf.value).all() for leaf in learned)


@pytest.mark.parametrize("kind", CELLS)
def test_one_sequence_without_a_batch(kind, rng):
    cell = make(kind)
    x = rng.standard_normal(SIZE)
    batched = cell(x[None], cell.initial_state(1))
    single = cell(x, tree_map(lambda leaf: np.zeros(HIDDEN), cell.initial_state(1)))
    for a, b in zip(tree_leaves(single), tree_leaves(batched), strict=True):
        np.testing.assert_allclose(a.value, b.value[0], rtol=1e-12)


@pytest.mark.parametrize("kind", CELLS)
def test_inputs_may_be_lists(kind):
    cell = CELLS[kind](2, 3, rng=0, dtype="float64")
    state = cell.initial_state(1)
    listed, array = (cell.output(cell(x, state)) for x in ([[1.0, 2.0]], np.array([[1.0, 2.0]])))
    np.testing.assert_array_equal(listed.value, array.value)


def test_the_forget_gate_begins_open():
    hidden = slice(HIDDEN, 2 * HIDDEN)
    assert (make("LSTM").b.value[hidden] == 1).all()
    assert (make("LSTM", forget_bias=2.5).b.value[hidden] == 2.5).all()
    plain = make("LSTM", forget_bias=None).b.value
    assert np.abs(plain).max() <= 1 / np.sqrt(HIDDEN)
    others = np.delete(plain, np.r_[hidden])
    np.testing.assert_array_equal(others, np.delete(make("LSTM").b.value, np.r_[hidden]))


def test_lstm_state_is_a_named_tuple():
    state = make("LSTM").initial_state(2)
    assert isinstance(state, nn.LSTMState)
    assert state._fields == ("h", "c")
    assert [leaf.name for leaf in state] == ["h0", "c0"]


def test_unknown_nonlinearity():
    with pytest.raises(ValueError, match=r"'sigmoid'.*'tanh' or 'relu'"):
        nn.RNNCell(2, 2, nonlinearity="sigmoid")


@pytest.mark.parametrize("kind", CELLS)
def test_a_copied_cell_is_independent(kind, rng):
    cell = make(kind)
    twin = copy.deepcopy(cell)
    x = rng.standard_normal((BATCH, SIZE))
    before = host(cell.output(cell(x, cell.initial_state(BATCH))))
    twin.W_x.value = 0 * twin.W_x.value
    np.testing.assert_array_equal(host(cell.output(cell(x, cell.initial_state(BATCH)))), before)


# -- stacked -----------------------------------------------------------------------------------------


def stacked(kind="LSTM", **options):
    return nn.Stacked([make(kind), CELLS[kind](HIDDEN, 5, rng=1, dtype="float64")], **options)


@pytest.mark.parametrize("kind", CELLS)
def test_stacked_cells_feed_each_other(kind, rng, xp):
    stack = on(xp, stacked(kind))
    x = xp.asarray(rng.standard_normal((BATCH, SIZE)))
    lower, upper = stack.cells
    state = stack(x, stack.initial_state(BATCH))
    below = lower(x, lower.initial_state(BATCH))
    above = upper(lower.output(below), upper.initial_state(BATCH))
    for a, b in zip(tree_leaves(state), tree_leaves((below, above)), strict=True):
        np.testing.assert_array_equal(host(a), host(b))
    assert stack.output(state) is upper.output(state[1])
    assert (stack.inputs, stack.hidden) == (SIZE, 5)
    assert stack.cells[1].W_h.name == "cells.1.W_h"


def test_stacked_gradients(rng, xp):
    xs = rng.standard_normal((3, BATCH, SIZE))
    loss = lambda stack, asarray: nn.unroll(stack, asarray(xs))[0].sum()
    check_gradients(stacked, loss, rng, xp)


def test_dropout_between_stacked_cells(rng):
    stack = stacked("RNN", dropout=0.5, rng=rng)
    x = np.ones((BATCH, SIZE))
    state = stack(x, stack.initial_state(BATCH))
    lower, upper = stack.cells
    h = lower(x, lower.initial_state(BATCH))
    np.testing.assert_array_equal(host(state[0]), host(h))
    assert not np.allclose(host(state[1]), host(upper(h, upper.initial_state(BATCH))))
    stack.eval()
    state = stack(x, stack.initial_state(BATCH))
    np.testing.assert_array_equal(host(state[1]), host(upper(h, upper.initial_state(BATCH))))


def test_stacked_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="no cells"):
        nn.Stacked([])
    with pytest.raises(ValueError, match="cell 1 takes 4 inputs; the one below has 6 outputs"):
        nn.Stacked([make("GRU"), make("GRU")])
