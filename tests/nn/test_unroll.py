"""Whole sequences, padded and in both directions, against PyTorch's packed sequences."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, nn
from minigrad.transforms.trees import tree_leaves
from tests.nn.tools import CELLS, check_gradients, copy_weights, on, torch_weights
from tests.numeric import host

TIME, BATCH, SIZE, HIDDEN = 6, 4, 3, 5
LENGTHS = [4, 6, 1, 3]


def make(kind, seed=0):
    return CELLS[kind](SIZE, HIDDEN, rng=seed, dtype="float64")


def torch_layer(torch, cells, kind):
    """PyTorch's layer over whole sequences with the weights of one or two cells."""
    name, *nonlinearity = kind.split()
    options = {"nonlinearity": nonlinearity[0]} if nonlinearity else {}
    layer = getattr(torch.nn, name)(SIZE, HIDDEN, bidirectional=len(cells) == 2, dtype=torch.float64, **options)
    for cell, suffix in zip(cells, ("_l0", "_l0_reverse"), strict=False):
        copy_weights(torch, cell, layer, suffix)
    return layer


def packed(torch, layer, xs):
    """Outputs (time, batch, ...) and the last state, from a packed sequence."""
    pack = torch.nn.utils.rnn.pack_padded_sequence(xs, torch.tensor(LENGTHS), enforce_sorted=False)
    outputs, state = layer(pack)
    outputs, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, total_length=TIME)
    return outputs, state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("both", [False, True], ids=["forward", "bidirectional"])
@pytest.mark.parametrize("kind", CELLS)
def test_agrees_with_packed_sequences(kind, both, rng, torch):
    cells = [make(kind, seed) for seed in range(1 + both)]
    layer = torch_layer(torch, cells, kind)
    data = rng.standard_normal((TIME, BATCH, SIZE))
    xs, ys = mg.parameter(data), torch.tensor(data, requires_grad=True)
    seed = rng.standard_normal((TIME, BATCH, HIDDEN * len(cells)))
    with mg.Tape() as tape:
        if both:
            outputs, states = nn.bidirectional(*cells, xs, lengths=LENGTHS)
        else:
            outputs, state = nn.unroll(cells[0], xs, lengths=LENGTHS)
            states = (state,)
        last = [leaf for state in states for leaf in tree_leaves(state)]
        tape.backward((outputs * seed).sum() + sum((s * s).sum() for s in last))
    expected, theirs = packed(torch, layer, ys)
    ((expected * torch.tensor(seed)).sum() + sum((s * s).sum() for s in theirs)).backward()
    np.testing.assert_allclose(outputs.value, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    for position, each in enumerate(theirs):
        for state, reference in zip(states, each, strict=True):
            mine = tree_leaves(state)[position]
            np.testing.assert_allclose(mine.value, reference.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(xs.grad, ys.grad.numpy(), rtol=1e-10, atol=1e-12)
    for cell, suffix in zip(cells, ("_l0", "_l0_reverse"), strict=False):
        for name, grad in torch_weights(cell, lambda leaf: leaf.grad).items():
            if name != "bias_hh" or kind == "GRU":
                other = getattr(layer, name + suffix).grad.numpy()
                np.testing.assert_allclose(grad, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", CELLS)
def test_gradients_with_padding(kind, rng, xp):
    xs = rng.standard_normal((TIME, BATCH, SIZE))

    def loss(cell, asarray):
        outputs, state = nn.unroll(cell, asarray(xs), lengths=LENGTHS)
        return outputs.sum() + sum((s * s).sum() for s in tree_leaves(state))

    check_gradients(lambda: make(kind), loss, rng, xp)


@pytest.mark.parametrize("reverse", [False, True])
def test_padding_holds_anything(reverse, rng, xp):
    cell = on(xp, make("LSTM"))
    xs = rng.standard_normal((TIME, BATCH, SIZE))
    padded = np.arange(TIME)[:, None] >= np.array(LENGTHS)
    results = []
    for filler in (0.0, 1e6):
        xs[padded] = filler
        lengths = xp.asarray(np.array(LENGTHS))
        outputs, state = nn.unroll(cell, xp.asarray(xs), lengths=lengths, reverse=reverse)
        assert not host(outputs)[padded].any()
        results.append([host(outputs), *map(host, state)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_is_the_loop(rng, xp):
    cell = on(xp, make("GRU"))
    xs = xp.asarray(rng.standard_normal((TIME, BATCH, SIZE)))
    start = mg.tensor(xp.asarray(rng.standard_normal((BATCH, HIDDEN))))
    h, hs = start, []
    for x in xs:
        h = cell(x, h)
        hs.append(host(h))
    for inputs in (xs, list(xs), mg.tensor(xs)):
        outputs, state = nn.unroll(cell, inputs, start)
        np.testing.assert_array_equal(host(outputs), hs)
        np.testing.assert_array_equal(host(state), hs[-1])
    backwards, _ = nn.unroll(cell, xs, start, reverse=True)
    h = start
    for t in reversed(range(TIME)):
        h = cell(xs[t], h)
        np.testing.assert_array_equal(host(backwards[t]), host(h))


def test_full_length_is_no_padding(rng):
    cell, xs = make("LSTM"), rng.standard_normal((TIME, BATCH, SIZE))
    with mg.Tape() as plain:
        nn.unroll(cell, xs)
    with mg.Tape() as masked:
        nn.unroll(cell, xs, lengths=[TIME] * BATCH)
    assert [r.op for r in plain] == [r.op for r in masked]


def test_steps_are_marked_unless_told_otherwise(rng):
    cell, xs = make("RNN"), rng.standard_normal((TIME, BATCH, SIZE))
    with mg.Tape() as tape:
        nn.unroll(cell, xs)
        assert tape.step == TIME
        assert {r.step for r in tape} == set(range(1, TIME + 1))
        nn.unroll(cell, xs, mark=False)
        assert tape.step == TIME
        nn.bidirectional(cell, cell, xs)
        assert tape.step == 3 * TIME


def test_a_learned_state_serves_rows_that_never_begin(rng):
    cell = nn.LSTMCell(SIZE, HIDDEN, learn_state=True, rng=0, dtype="float64")
    cell.h0.value = rng.standard_normal((1, HIDDEN))
    with mg.Tape() as tape:
        outputs, state = nn.unroll(cell, rng.standard_normal((2, 3, SIZE)), lengths=[2, 0, 1])
        tape.backward(state.h.sum())
    np.testing.assert_array_equal(state.h.value[1], cell.h0.value[0])
    assert not outputs.value[:, 1].any()
    assert cell.h0.grad.all()


def test_tokens(rng):
    cell, tokens = make("GRU"), rng.integers(0, SIZE, (TIME, BATCH))
    short, _ = nn.unroll(cell, tokens, lengths=LENGTHS)
    long, _ = nn.unroll(cell, np.eye(SIZE)[tokens], lengths=LENGTHS)
    np.testing.assert_allclose(short.value, long.value, rtol=1e-12)


def test_lengths_may_be_a_tensor(rng, xp):
    cell, xs = on(xp, make("GRU")), xp.asarray(rng.standard_normal((TIME, BATCH, SIZE)))
    expected, _ = nn.unroll(cell, xs, lengths=LENGTHS)
    with mg.Tape():
        for lengths in (mg.tensor(xp.asarray(LENGTHS)), mg.tensor(xp.asarray(LENGTHS)) * 1):
            outputs, _ = nn.unroll(cell, xs, lengths=lengths)
            np.testing.assert_array_equal(host(outputs), host(expected))


@pytest.mark.parametrize("lengths", [[1, 2], [1, 2, 3, TIME + 1], [1, 2, 3, -1], [1.0, 2.0, 3.0, 4.0]])
def test_wrong_lengths(lengths, rng):
    with pytest.raises(errors.ShapeError, match=r"4 integers in \[0, 6\]"):
        nn.unroll(make("RNN"), rng.standard_normal((TIME, BATCH, SIZE)), lengths=lengths)


def test_no_inputs():
    with pytest.raises(errors.ShapeError, match="no inputs"):
        nn.unroll(make("RNN"), [])


def test_what_is_no_cell_and_what_is_no_sequence(rng):
    cell = nn.RNNCell(3, 4, rng=0, dtype="float64")
    with pytest.raises(TypeError, match="unroll: takes a recurrent cell, not Linear"):
        nn.unroll(nn.Linear(3, 4), rng.standard_normal((2, 1, 3)))
    with pytest.raises(TypeError, match=r"array \(time, batch, …\) or a list of steps, not generator"):
        nn.unroll(cell, (x for x in rng.standard_normal((2, 1, 3))))
    with pytest.raises(TypeError, match=r"nn\.VariationalDropout takes a recurrent cell, not Linear"):
        nn.VariationalDropout(nn.Linear(3, 4))


def test_states_of_another_structure_are_refused(rng):
    x = rng.standard_normal((2, 3))
    stacked = nn.Stacked([nn.RNNCell(3, 4, rng=0, dtype="float64"), nn.RNNCell(4, 4, rng=0, dtype="float64")])
    first, _ = stacked.initial_state(2)
    with pytest.raises(errors.ShapeError, match="a tuple of 2, one for each cell, not a tuple of 1"):
        stacked(x, (first,))
    with pytest.raises(errors.ShapeError, match="a tuple of 2, one for each cell, not a Leaf"):
        stacked(x, first)
    cell = nn.VariationalDropout(nn.LSTMCell(3, 4, rng=0, dtype="float64"), outputs=0.5)
    with pytest.raises(TypeError, match="must be a MaskedState, as initial_state makes it, not LSTMState"):
        cell(x, cell.cell.initial_state(2))
