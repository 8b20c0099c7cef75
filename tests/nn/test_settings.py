"""Settings of cells, layers and optimisers: sizes, seeds, bounds, dtypes and defaults; and what they are made of."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, nn, optim
from minigrad.nn import initialisers as init
from minigrad.transforms.trees import tree_leaves

MAKERS = {
    "RNNCell": nn.RNNCell,
    "GRUCell": nn.GRUCell,
    "LSTMCell": lambda *sizes, **options: nn.LSTMCell(*sizes, forget_bias=None, **options),
    "Linear": nn.Linear,
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (-1, 3), (2.5, 3), (3, "3")])
def test_both_sizes_are_checked(name, sizes):
    with pytest.raises((ValueError, TypeError), match=name):
        MAKERS[name](*sizes)


@pytest.mark.parametrize("name", MAKERS)
def test_one_seed_draws_all_parameters_and_no_two_alike(name):
    first, second = (MAKERS[name](7, 7, rng=5).parameters() for _ in range(2))
    for mine, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(mine.value, other.value)
    starts = [leaf.numpy().ravel()[:3].tolist() for leaf in first]
    assert len({tuple(start) for start in starts}) == len(starts)


@pytest.mark.parametrize("name", MAKERS)
def test_initial_values_fill_their_bound(name):
    """±1/√hidden for cells, ±1/√inputs for ``Linear``."""
    bound = 1 / math.sqrt(40 if name == "Linear" else 50)
    for leaf in MAKERS[name](40, 50, rng=0, dtype="float64").parameters():
        assert 0.9 * bound < abs(leaf.numpy()).max() <= bound
        assert leaf.numpy().min() < 0 < leaf.numpy().max()


def test_defaults_are_those_of_pytorch(torch):
    pairs = [
        (optim.Adam, torch.optim.Adam, {"lr": "lr", "betas": "betas", "eps": "eps", "weight_decay": "weight_decay"}),
        (optim.AdamW, torch.optim.AdamW, {"lr": "lr", "betas": "betas", "eps": "eps", "weight_decay": "weight_decay"}),
        (optim.RMSProp, torch.optim.RMSprop, {"lr": "lr", "decay": "alpha", "eps": "eps", "momentum": "momentum"}),
        (optim.SGD, torch.optim.SGD, {"momentum": "momentum", "weight_decay": "weight_decay"}),
        (nn.LayerNorm, torch.nn.LayerNorm, {"eps": "eps"}),
        (nn.Dropout, torch.nn.Dropout, {"rate": "p"}),
        (init.xavier_uniform, torch.nn.init.xavier_uniform_, {"gain": "gain"}),
        (init.xavier_normal, torch.nn.init.xavier_normal_, {"gain": "gain"}),
        (init.orthogonal, torch.nn.init.orthogonal_, {"gain": "gain"}),
    ]
    for mine, theirs, names in pairs:
        ours, others = inspect.signature(mine).parameters, inspect.signature(theirs).parameters
        for name, other in names.items():
            assert ours[name].default == others[other].default, (mine, name)
    w = mg.parameter(1.0)
    made = [(optim.Adam([w]), optim.Adam), (optim.AdamW([w]), optim.AdamW), (optim.RMSProp([w]), optim.RMSProp)]
    made += [(optim.SGD([w], 0.1), optim.SGD), (nn.LayerNorm(2), nn.LayerNorm), (nn.Dropout(), nn.Dropout)]
    settings = {mine: names for mine, _, names in pairs}
    for each, kind in made:
        for name in settings[kind]:
            assert getattr(each, name) == inspect.signature(kind).parameters[name].default
    for draw in (init.xavier_uniform, init.xavier_normal, init.orthogonal):
        np.testing.assert_array_equal(draw(0, (3, 3)), draw(0, (3, 3), 1.0))


def test_defaults_that_leave_things_as_they_are():
    assert optim.step_decay(1.0, 2)(2) == 0.1
    assert optim.warm_up(0.5, 4)(1) == 0.25
    assert init.identity((2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert optim.base.Optimizer([mg.parameter(1.0)], 0.1).weight_decay == 0.0
    masks = nn.VariationalDropout(nn.RNNCell(2, 2, rng=0)).initial_state(1)[1:]
    assert masks == (None, None, None)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_initial_values_have_their_dtype(dtype):
    made = [init.uniform(0, (3, 2), 1.0, dtype), init.normal(0, (3, 2), 1.0, dtype)]
    made += [init.orthogonal(0, shape, dtype=dtype) for shape in ((3, 2), (2, 3))]
    made += [init.identity((3, 2), dtype=dtype), init.he_normal(0, (3, 2), dtype=dtype)]
    assert {value.dtype.name for value in made} == {dtype}
    assert all(value.flags.c_contiguous for value in made)


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6)])
def test_orthogonal_is_the_q_whose_r_has_a_positive_diagonal(shape):
    drawn = np.random.default_rng(3).standard_normal((max(shape), min(shape)))
    q = init.orthogonal(3, shape, dtype="float64")
    r = (q if shape[0] >= shape[1] else q.T).T @ drawn
    np.testing.assert_allclose(np.tril(r, -1), 0, atol=1e-14)
    assert (np.diagonal(r) > 0).all()


# -- what they are made of -------------------------------------------------------------------------


def test_recurrent_dropout_masks_what_enters_the_recurrent_product(rng):
    cell = nn.RNNCell(3, 4, rng=0, dtype="float64")
    masked = nn.VariationalDropout(cell, recurrent=0.5, rng=1)
    state, x, h = masked.initial_state(2), rng.standard_normal((2, 3)), rng.standard_normal((2, 4))
    mask = state.recurrent.numpy()
    assert set(mask.ravel().tolist()) == {0.0, 2.0}
    after = masked(x, state._replace(state=mg.tensor(h)))
    np.testing.assert_allclose(after.state.value, cell(x, mg.tensor(h * mask)).value)
    np.testing.assert_array_equal(masked.output(after).value, after.state.value)


def test_masks_are_named():
    masked = nn.VariationalDropout(nn.RNNCell(3, 4, rng=0), inputs=0.5, rng=1)
    with mg.Tape() as tape:
        masked(np.ones((2, 3), "float32"), masked.initial_state(2))
    assert "mask" in tape.names.values()


def test_three_cells_on_top_of_each_other(rng):
    cells = [nn.RNNCell(3, 4, rng=0), nn.LSTMCell(4, 5, rng=1), nn.GRUCell(5, 2, rng=2)]
    stacked, x = nn.Stacked(cells), rng.standard_normal((2, 3)).astype("float32")
    states = after = stacked.initial_state(2)
    for _ in range(2):
        after = stacked(x, after)
        h = cells[0](x, states[0])
        c = cells[1](h, states[1])
        states = (h, c, cells[2](c.h, states[2]))
    for mine, other in zip(tree_leaves(after), tree_leaves(states), strict=True):
        np.testing.assert_array_equal(mine.value, other.value)
    np.testing.assert_array_equal(stacked.output(after).value, states[2].value)


def test_dropout_between_cells_is_seeded(rng):
    x = rng.standard_normal((2, 3)).astype("float32")
    results = []
    for _ in range(2):
        stacked = nn.Stacked([nn.RNNCell(3, 64, rng=0), nn.RNNCell(64, 4, rng=1)], dropout=0.5, rng=7)
        results.append(stacked(x, stacked.initial_state(2))[1].numpy())
    np.testing.assert_array_equal(*results)


def test_a_tied_layer_adds_its_bias(rng):
    table = mg.parameter(rng.standard_normal((5, 3)))
    x = rng.standard_normal((2, 3))
    tied = nn.TiedLinear(table)
    assert tied.b.numpy().tolist() == [0.0] * 5
    tied.b.value = np.arange(5.0)
    np.testing.assert_allclose(tied(x).value, x @ table.value.T + np.arange(5.0))
    bare = nn.TiedLinear(table, bias=False)
    assert bare.b is None
    np.testing.assert_allclose(bare(x).value, x @ table.value.T)
    for wrong in (mg.tensor(np.ones((5, 3))), mg.parameter(np.ones(3)), np.ones((5, 3)), None):
        with pytest.raises(TypeError, match="the weight must be a parameter"):
            nn.TiedLinear(wrong)


def test_both_directions_take_states_lengths_and_marks(rng):
    cells = [nn.RNNCell(3, 4, rng=seed, dtype="float64") for seed in (0, 1)]
    x, lengths = rng.standard_normal((3, 2, 3)), np.array([3, 2])
    states = [mg.tensor(rng.standard_normal((2, 4))) for _ in range(2)]
    for mark, last in ((True, 6), (False, 0)):
        with mg.Tape() as tape:
            outputs, after = nn.bidirectional(*cells, x, states, lengths=mg.tensor(lengths), mark=mark)
            assert tape.step == last
            ahead = nn.unroll(cells[0], x, states[0], lengths=lengths)
            back = nn.unroll(cells[1], x, states[1], lengths=lengths, reverse=True)
        np.testing.assert_array_equal(outputs.value, np.concatenate([ahead[0].value, back[0].value], axis=-1))
        for mine, other in zip(after, (ahead[1], back[1]), strict=True):
            np.testing.assert_array_equal(mine.value, other.value)


def test_a_sequence_of_one_step(rng):
    cell, x = nn.RNNCell(3, 4, rng=0, dtype="float64"), rng.standard_normal((1, 2, 3))
    outputs, state = nn.unroll(cell, x)
    np.testing.assert_array_equal(outputs.value[0], state.value)
    assert outputs.shape == (1, 2, 4)


# -- modules ---------------------------------------------------------------------------------------


def test_modules_are_named_by_their_attributes():
    inner = nn.Sequential(nn.Linear(2, 3, rng=0), mg.tanh, nn.Linear(3, 2, rng=1))
    outer = nn.Module()
    outer.body, outer.heads = inner, {"policy": nn.Linear(2, 1, rng=2)}
    assert [name for name, _ in outer.named_modules()] == ["", "body", "body.layers.0", "body.layers.2", "heads.policy"]


def test_a_constant_of_a_module_may_become_anything():
    module = nn.Module()
    module.data, module.weight = mg.tensor(1.0), mg.parameter(1.0)
    module.data = "text"
    module.weight = None
    module.weight = mg.parameter(2.0)
    with pytest.raises(TypeError, match="weight is a parameter"):
        module.weight = 3.0


def test_only_an_inspected_tape_has_scopes():
    for inspect_it in (True, False):
        with mg.Tape(inspect=inspect_it) as tape:
            nn.Linear(2, 3, rng=0)(np.ones((1, 2), "float32"))
        assert len(tape.scopes) == inspect_it


def test_a_module_goes_to_a_device_that_there_is():
    module = nn.Linear(2, 3, rng=0)
    assert module.to("cpu") is module
    with pytest.raises(errors.MinigradError):
        module.to("nowhere")
