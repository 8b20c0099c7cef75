"""Modules, cells, layers and losses, on the host and on a device."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minigrad as mg
from minigrad import errors, nn
from tests.nn.tools import check_gradients, on
from tests.numeric import check_directions, check_first, host, torch_or_skip


class Model(nn.Module):
    def __init__(self, dtype="float64"):
        self.table = nn.Embedding(5, 4, rng=1, dtype=dtype)
        self.cells = [nn.RNNCell(4, 3, rng=2, dtype=dtype), nn.RNNCell(3, 3, rng=3, dtype=dtype)]
        self.head = nn.Linear(3, 5, rng=4, dtype=dtype)

    def loss(self, tokens):
        states = [cell.initial_state(tokens.shape[1]) for cell in self.cells]
        total = 0.0
        for t in range(len(tokens) - 1):
            x = self.table(tokens[t])
            for k, cell in enumerate(self.cells):
                x = states[k] = cell(x, states[k])
            total = total + nn.cross_entropy(self.head(x), tokens[t + 1])
        return total


def test_names_and_order_of_parameters():
    model = Model()
    names = [name for name, _ in model.named_parameters()]
    assert names == [
        "table.table",
        *(f"cells.{k}.{name}" for k in (0, 1) for name in ("W_x", "W_h", "b")),
        "head.W",
        "head.b",
    ]
    assert [p.name for p in model.parameters()] == names


def test_a_shared_parameter_is_counted_once():
    model = nn.Module()
    model.first = nn.Linear(2, 2, rng=0)
    model.second = nn.Linear(2, 2, rng=0)
    model.second.W = model.first.W
    assert model.second.W.name == "first.W"
    model.extra = {"scale": mg.parameter(1.0), "data": mg.tensor(2.0)}
    assert [name for name, _ in model.named_parameters()] == ["first.W", "first.b", "second.b", "extra.scale"]


def test_a_whole_network_has_the_right_gradient(rng, xp):
    model, tokens = on(xp, Model()), rng.integers(0, 5, (4, 2))
    with mg.Tape() as tape:
        tape.backward(model.loss(xp.asarray(tokens)))
    values = [host(p.value) for p in model.parameters()]
    reference = Model()

    def loss(*arrays):
        for p, a in zip(reference.parameters(), arrays, strict=True):
            p.value = a
        return reference.loss(tokens).item()

    for which, p in enumerate(model.parameters()):
        assert type(p.grad) is type(p.value)
        check_directions(loss, values, which, np.ones(()), host(p.grad), rng)


def test_float32_stays_float32(xp):
    model = on(xp, Model("float32"))
    with mg.Tape() as tape:
        tape.backward(model.loss(xp.asarray(np.array([[0, 1], [2, 3], [4, 0]]))))
    assert {r.dtype.name for r in tape} == {"float32"}
    assert {p.grad.dtype.name for p in model.parameters()} == {"float32"}


def test_cell_computes_its_definition(rng, xp):
    cell = on(xp, nn.RNNCell(4, 3, rng=0, dtype="float64"))
    W_x, W_h, b = (host(p.value) for p in cell.parameters())
    x, h = rng.standard_normal((2, 4)), rng.standard_normal((2, 3))
    result = cell(xp.asarray(x), mg.tensor(xp.asarray(h)))
    np.testing.assert_allclose(host(result), np.tanh(x @ W_x + h @ W_h + b))
    tokens = np.array([3, 0])
    np.testing.assert_allclose(
        host(cell(xp.asarray(tokens), mg.tensor(xp.asarray(h)))), np.tanh(np.eye(4)[tokens] @ W_x + h @ W_h + b)
    )
    zero = cell.initial_state(7)
    assert (zero.shape, zero.dtype, type(zero.value)) == ((7, 3), np.float64, type(cell.W_h.value))
    assert not host(zero).any()


def test_layers(rng, xp):
    linear = on(xp, nn.Linear(3, 2, rng=0, dtype="float64"))
    bare = on(xp, nn.Linear(3, 2, bias=False, rng=0, dtype="float64"))
    x = rng.standard_normal((4, 5, 3))
    W, b = host(linear.W.value), host(linear.b.value)
    np.testing.assert_allclose(host(linear(xp.asarray(x))), x @ W + b)
    np.testing.assert_allclose(host(bare(xp.asarray(x))), x @ W)
    assert bare.b is None
    np.testing.assert_allclose(host(linear(xp.asarray(np.array([[2], [0]])))), W[[[2], [0]]] + b)
    table = on(xp, nn.Embedding(4, 2, rng=0))
    tokens = np.array([[3, 0], [1, 1]])
    np.testing.assert_array_equal(host(table(xp.asarray(tokens))), host(table.table.value)[tokens])
    with pytest.raises(IndexError):
        host(table(xp.asarray(np.array([4]))))  # on a device found when values are fetched


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_mse_loss(reduction, rng):
    torch = torch_or_skip()
    x, y = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
    f = lambda p: (
        nn.mse_loss(p, y, reduction) if isinstance(p, mg.Tensor) else nn.mse_loss(mg.tensor(p), y, reduction).value
    )
    np.testing.assert_allclose(
        f(x), torch.nn.functional.mse_loss(torch.tensor(x), torch.tensor(y), reduction=reduction)
    )
    check_first(f, [x], rng)


def test_mse_loss_does_not_broadcast():
    prediction = mg.parameter(np.ones((4, 1)))
    with pytest.raises(errors.ShapeError, match=r"\(4, 1\).*\(4,\)"):
        nn.mse_loss(prediction, np.ones(4))
    with pytest.raises(ValueError, match="'avg'"):
        nn.mse_loss(prediction, np.ones((4, 1)), "avg")
    assert nn.mse_loss(prediction, [[1.0], [1.0], [1.0], [3.0]]).item() == 1.0
    with pytest.raises(errors.ShapeError, match=r"the target \(3,\)"):
        nn.mse_loss(prediction, [1.0, 1.0, 1.0])


def test_initial_values():
    cell, linear = nn.RNNCell(10, 100, rng=0), nn.Linear(25, 400, rng=0)
    for p, fan in [(cell.W_x, 100), (cell.W_h, 100), (cell.b, 100), (linear.W, 25), (linear.b, 25)]:
        bound = 1 / math.sqrt(fan)
        assert np.abs(p.value).max() <= np.float32(bound)
        assert p.value.std() == pytest.approx(bound / math.sqrt(3), rel=0.15)
        assert p.dtype == np.float32
    table = nn.Embedding(200, 50, rng=0).table.value
    assert table.mean() == pytest.approx(0, abs=0.03)
    assert table.std() == pytest.approx(1, rel=0.03)


def test_seeds_make_initial_values_reproducible():
    a, b, c = (nn.RNNCell(3, 4, rng=seed) for seed in (1, 1, 2))
    for p, q, r in zip(a.parameters(), b.parameters(), c.parameters(), strict=True):
        np.testing.assert_array_equal(p.value, q.value)
        assert not np.array_equal(p.value, r.value)
    generator = np.random.default_rng(1)
    first, second = nn.Linear(2, 2, rng=generator), nn.Linear(2, 2, rng=generator)
    assert not np.array_equal(first.W.value, second.W.value)


def test_state_dict_round_trip():
    model, other = Model(), Model()
    for p in model.parameters():
        p.value = p.value + 1.0
    state = model.state_dict()
    other.load_state_dict(state)
    state["head.b"][:] = 99.0
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(p.value, q.value)
        assert not np.shares_memory(p._value, q._value)
    assert not (other.head.b.value == 99.0).any()


def test_load_state_dict_copies():
    model = Model()
    state = model.state_dict()
    model.load_state_dict(state)
    before = model.head.b.numpy()
    state["head.b"][:] = 99.0
    np.testing.assert_array_equal(model.head.b.value, before)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("head.b"), ["head.b", "missing"]),
        (lambda s: s.update(other=np.ones(1)), ["other", "unknown"]),
        (lambda s: s.update({"head.b": np.ones(4)}), ["head.b", "(4,)", "(5,)"]),
        (lambda s: s.update({"head.b": np.ones(5, "float32")}), ["head.b", "float32", "float64"]),
    ],
)
def test_a_state_dict_that_does_not_fit_changes_nothing(change, words):
    model = Model()
    before = model.state_dict()
    state = {name: a + 1.0 for name, a in before.items()}
    change(state)
    with pytest.raises(errors.CheckpointError) as caught:
        model.load_state_dict(state)
    for word in words:
        assert word in str(caught.value)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_to_returns_the_module():
    model = Model()
    assert model.to("cpu") is model


def test_truncated_bptt_trains_on_every_device(xp, rng):
    model = on(xp, Model())
    tokens = xp.asarray(rng.integers(0, 5, (13, 2)))
    optimizer = mg.optim.Adam(model.parameters(), 0.05)

    def step(inputs, states):
        x, y = inputs
        h = [model.cells[0](model.table(x), states[0])]
        h.append(model.cells[1](h[0], states[1]))
        return nn.cross_entropy(model.head(h[-1]), y), h

    losses = []
    for _ in range(15):
        states = [cell.initial_state(2) for cell in model.cells]
        stream = [(tokens[t], tokens[t + 1]) for t in range(12)]
        for window in mg.truncated_bptt(step, stream, states, k1=3, k2=6):
            assert mg.clip_grad_norm(model.parameters(), 1.0) > 0
            optimizer.step()
            losses.append(window.loss)
    assert np.mean(losses[-4:]) < 0.6 * np.mean(losses[:4])
    assert {type(p.value) for p in model.parameters()} == {type(xp.asarray(np.ones(1)))}


def test_layer_norm_agrees_with_pytorch(rng, torch):
    norm, theirs = nn.LayerNorm(6, eps=1e-3, dtype="float64"), torch.nn.LayerNorm(6, eps=1e-3, dtype=torch.float64)
    norm.gain.value, norm.b.value = rng.standard_normal((2, 6))
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(norm.gain.numpy()))
        theirs.bias.copy_(torch.tensor(norm.b.numpy()))
    x, seed = rng.standard_normal((2, 4, 3, 6))
    mine, other = mg.parameter(x), torch.tensor(x, requires_grad=True)
    with mg.Tape() as tape:
        y = norm(mine)
        tape.backward(y, seed)
    z = theirs(other)
    z.backward(torch.tensor(seed))
    pairs = [
        (y.value, z),
        (mine.grad, other.grad),
        (norm.gain.grad, theirs.weight.grad),
        (norm.b.grad, theirs.bias.grad),
    ]
    for a, b in pairs:
        np.testing.assert_allclose(a, b.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_layer_norm_on_a_device(rng, xp):
    x = rng.standard_normal((5, 4))
    loss = lambda norm, asarray: (norm(asarray(x)) * asarray(x)).sum()
    check_gradients(lambda: nn.LayerNorm(4, dtype="float64"), loss, rng, xp)


class Tied(nn.Module):
    """A language model whose read-out uses the table of its embedding."""

    def __init__(self, tied=True):
        self.table = nn.Embedding(5, 3, rng=0, dtype="float64")
        self.cell = nn.GRUCell(3, 3, rng=1, dtype="float64")
        self.readout = nn.TiedLinear(self.table.table if tied else mg.parameter(self.table.table.numpy()))

    def loss(self, tokens):
        outputs, _ = nn.unroll(self.cell, self.table(tokens[:-1]))
        return nn.cross_entropy(self.readout(outputs), tokens[1:])


def test_tied_weights_appear_once_and_their_gradients_add_up(rng, xp):
    tokens = xp.asarray(rng.integers(0, 5, (4, 2)))
    tied, apart = on(xp, Tied()), on(xp, Tied(tied=False))
    names = [name for name, _ in tied.named_parameters()]
    assert names == ["table.table", *(f"cell.{p}" for p in ("W_x", "W_h", "b_x", "b_h")), "readout.b"]
    assert len(apart.parameters()) == len(names) + 1
    assert tied.table.table.name == "table.table"
    for model in (tied, apart):
        with mg.Tape() as tape:
            tape.backward(model.loss(tokens))
    total = host(apart.table.table.grad) + host(apart.readout.weight.grad)
    np.testing.assert_allclose(host(tied.table.table.grad), total, rtol=1e-12)
    check_gradients(Tied, lambda model, asarray: model.loss(asarray(host(tokens))), rng, xp)


def test_tied_weights_in_a_state_dict():
    model, other = Tied(), Tied()
    state = {name: array + 1.0 for name, array in model.state_dict().items()}
    other.load_state_dict(state)
    assert other.readout.weight is other.table.table
    np.testing.assert_array_equal(other.readout.weight.value, state["table.table"])


def test_a_module_may_have_another_base_that_is_told_of_subclasses():
    known = {}

    class Registered:
        def __init_subclass__(cls, key, **options):
            super().__init_subclass__(**options)
            known[key] = cls

    class Doubling(nn.Module, Registered, key="doubling"):
        def __call__(self, x):
            return x * 2.0

    assert known == {"doubling": Doubling}
    assert Doubling()(3.0) == 6.0


def test_a_state_dict_keeps_the_memory_layout():
    """Another layout takes another path through BLAS, and a resumed run would not be the same to the bit."""
    linear = nn.Linear(3, 4, rng=0)
    linear.W.value = np.asfortranarray(linear.W.value)
    assert linear.state_dict()["W"].flags.f_contiguous


def test_sequential(rng, xp):
    net = on(
        xp, nn.Sequential(nn.Linear(3, 4, rng=0, dtype="float64"), mg.tanh, nn.Linear(4, 2, rng=1, dtype="float64"))
    )
    x = rng.standard_normal((5, 3))
    first, _, last = net.layers
    expected = np.tanh(x @ host(first.W) + host(first.b)) @ host(last.W) + host(last.b)
    np.testing.assert_allclose(host(net(xp.asarray(x))), expected)
    assert [name for name, _ in net.named_parameters()] == ["layers.0.W", "layers.0.b", "layers.2.W", "layers.2.b"]


@pytest.mark.parametrize("state", [None, np.zeros((2, 4), "float32"), (1, 2, 3)])
def test_an_lstm_refuses_a_state_that_is_no_pair(state):
    cell = mg.nn.LSTMCell(3, 4, rng=0)
    with pytest.raises(TypeError, match="pair"):
        cell(np.ones((2, 3), "float32"), state)


@pytest.mark.parametrize("target", [1, np.int64(1), np.array(1), mg.tensor(1)], ids=["int", "int64", "array", "tensor"])
def test_cross_entropy_of_one_row_and_one_target(target):
    row = mg.parameter([1.0, 2.0, 3.0])
    with mg.Tape() as tape:
        tape.backward(nn.cross_entropy(row, target))
    expected = np.exp([1.0, 2.0, 3.0]) / np.exp([1.0, 2.0, 3.0]).sum() - [0.0, 1.0, 0.0]
    np.testing.assert_allclose(row.grad, expected, rtol=1e-12)


@pytest.mark.parametrize("value", [np.zeros((2, 3)), 0.0])
def test_a_parameter_does_not_become_something_else(value):
    """As ``model.W -= rate * gradient`` would make it: nothing would train it or save it any more."""
    model = mg.nn.Linear(2, 3)
    weight = model.W
    with pytest.raises(TypeError, match=r"Linear\.W is a parameter.*\.W\.value = .*test_nn"):
        model.W = value
    with mg.Tape(), pytest.raises(TypeError, match="is a parameter"):
        model.W -= 0.1
    assert model.W is weight
    model.W = mg.parameter(np.zeros((2, 3)))
    model.W = None


def test_a_module_inside_itself_is_entered_once(tmp_path):
    class Node(mg.nn.Module):
        def __init__(self, parent=None):
            self.w = mg.parameter(1.0)
            self.parent, self.me, self.inside = parent, self, [{"me": self}]
            self.inside.append(self.inside)
            self.child = Node(self) if parent is None else None

    node = Node()
    assert [*node.state_dict()] == ["w", "child.w"]
    assert node.eval().child.training is False
    mg.save_run(tmp_path / "run", model=node)
    mg.load_run(tmp_path / "run", model=node)
