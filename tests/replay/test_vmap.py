"""``vmap`` against a loop over the elements: values, gradients of each element, nested, differentiated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.transforms.trees import tree_leaves, tree_refill
from tests.numeric import host, torch_or_skip
from tests.replay.test_primitives import first_order, spread
from tests.table import Call

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
unwitnessed = pytest.mark.unwitnessed("every walk is compared with that of a loop, and witnessed in test_rules")
SCALES = (1.0, 0.95, 0.9)
RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4))


def stacked(results: list[Any]) -> Any:
    """The results of a loop, side by side."""
    columns = zip(*map(tree_leaves, results), strict=True)
    return tree_refill(results[0], [np.stack([np.asarray(host(x)) for x in column]) for column in columns])


def close(found: Any, expected: Any, rtol: float = 1e-10) -> None:
    assert len(tree_leaves(found)) == len(tree_leaves(expected))
    for one, other in zip(tree_leaves(found), tree_leaves(expected), strict=True):
        one, other = np.asarray(host(one)), np.asarray(host(other))
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        size = float(np.max(np.abs(other), initial=1, where=np.isfinite(other)))
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * size)


@unwitnessed
@pytest.mark.parametrize("call", spread(4))
def test_every_primitive_with_its_gradient(call: Call):
    v = RNG.standard_normal(np.shape(call.f(*call.arrays)))
    f = lambda *xs: first_order(call.f)(list(xs), v)
    batch = [np.stack([a * scale for scale in SCALES]) for a in call.arrays]
    expected = stacked([f(*[mg.tensor(a * scale) for a in call.arrays]) for scale in SCALES])
    close(mg.vmap(f)(*batch), expected)


@unwitnessed
@pytest.mark.parametrize("call", spread(1, lambda call: call.smooth and len(call.arrays) > 1))
def test_with_one_operand_that_is_the_same_for_all(call: Call):
    first, *rest = call.arrays
    f = lambda *xs: mg.grad(lambda x: (mg.sin(call.f(x, *xs[1:]))).sum())(xs[0])
    expected = stacked([f(mg.tensor(first * scale), *map(mg.tensor, rest)) for scale in SCALES])
    found = mg.vmap(f, in_axes=(0, *[None] * len(rest)))(np.stack([first * s for s in SCALES]), *map(mg.tensor, rest))
    close(found, expected)


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
@pytest.mark.parametrize("out", [0, 1, -1, -2])
def test_axes(axis: int, out: int):
    found = mg.vmap(lambda x: mg.cumsum(x), in_axes=axis, out_axes=out)(X)
    rows = np.cumsum(np.moveaxis(X, axis, 0), axis=1)
    np.testing.assert_allclose(found.value, np.moveaxis(rows, 0, out))


def test_trees_of_axes():
    f = lambda tree, y: {"sum": tree["a"] + tree["b"][0] * y, "same": y * 2}
    tree = {"a": X, "b": [mg.tensor(2.0), None]}
    found = mg.vmap(f, in_axes=({"a": 1, "b": None}, None), out_axes={"sum": 0, "same": None})(tree, mg.tensor(3.0))
    np.testing.assert_allclose(found["sum"].value, X.T + 6)
    assert float(found["same"]) == 6


@pytest.mark.parametrize("cell", [nn.RNNCell, nn.GRUCell, nn.LSTMCell])
def test_gradients_of_each_example(cell: Any):
    module = cell(3, 4, rng=0, dtype="float64")
    readout = nn.Linear(4, 5, rng=1, dtype="float64")
    start = mg.stop_gradient(module.initial_state(1))

    def loss(module: Any, xs: Any, y: Any) -> Any:
        state = start
        for t in range(6):
            state = module(xs[t][None], state)
        return mg.cross_entropy(readout(module.output(state)), y[None])

    xs, ys = RNG.standard_normal((7, 6, 3)), RNG.integers(0, 5, 7)
    found = mg.vmap(mg.grad(loss), in_axes=(None, 0, 0))(module, xs, ys)
    close(found, stacked([mg.grad(loss)(module, mg.tensor(x), np.array(y)) for x, y in zip(xs, ys, strict=True)]))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_against_torch():
    torch = torch_or_skip()
    w, xs = RNG.standard_normal((4, 4)), RNG.standard_normal((5, 4))
    ours = mg.vmap(mg.hessian(lambda x: (mg.tanh(mg.tensor(w) @ x) ** 3).sum()))(xs)
    weight = torch.tensor(w)
    theirs = torch.func.vmap(torch.func.hessian(lambda x: (torch.tanh(weight @ x) ** 3).sum()))(torch.tensor(xs))
    np.testing.assert_allclose(ours.value, theirs.numpy(), rtol=1e-9, atol=1e-12)


def test_a_jacobian_in_one_walk():
    a = RNG.standard_normal((5, 4))
    f = lambda x: mg.tanh(mg.tensor(a) @ x)
    value, pull = mg.vjp(f, mg.tensor(X[0]))
    (rows,) = mg.vmap(pull)(mg.eye(5))
    np.testing.assert_allclose(rows.value, mg.jacobian(f)(mg.tensor(X[0])).value)
    assert value.shape == (5,)


def test_nested_and_differentiated():
    a = mg.parameter(X)

    def both(a: Any) -> Any:
        inner = lambda s, c: mg.sin(s * c) * a.sum()
        return mg.vmap(lambda r: mg.vmap(inner, in_axes=(0, None))(r, r.sum()), in_axes=-1, out_axes=1)(a)

    def loop(a: Any) -> Any:
        columns = [[mg.sin(a[i, j] * a[:, j].sum()) * a.sum() for i in range(3)] for j in range(4)]
        return mg.stack([mg.stack(column) for column in columns], axis=1)

    close(both(a).detach(), loop(a).detach())
    for order in (mg.grad, mg.hessian):
        close(order(lambda a: (both(a) ** 2).sum())(X), order(lambda a: (loop(a) ** 2).sum())(X))


def test_the_gradient_of_what_a_function_closes_over():
    w = mg.parameter(RNG.standard_normal(4))
    with mg.Tape() as tape:
        h = mg.tanh(w)
        y = mg.vmap(lambda x: (mg.grad(lambda x: mg.sin(x * 2).sum())(x) * h).sum())(X)
        found = tape.gradient((y * y).sum(), w, retain=True)
        rows = mg.stack([(2 * mg.cos(mg.tensor(x) * 2) * h).sum() for x in X])
        expected = tape.gradient((rows * rows).sum(), w)
    close(found, expected)


def test_a_batch_of_none():
    found = mg.vmap(mg.grad(lambda x: mg.tanh(x @ x).sum()))(np.zeros((0, 2, 2)))
    assert found.shape == (0, 2, 2)


def test_as_many_operations_for_any_batch():
    counts = []
    for size in (2, 50):
        with mg.Tape() as tape:
            mg.vmap(lambda x: mg.softmax(mg.tanh(x) @ x))(mg.parameter(np.ones((size, 3, 3))))
        counts.append([record.op for record in tape])
    assert counts[0] == counts[1]


def test_a_value_that_does_not_depend_on_the_element():
    w = mg.tensor([1.0, 2.0])
    found = mg.vmap(lambda x: (w * 2, w, x * 0))(X)
    np.testing.assert_array_equal(found[0].value, [[2, 4]] * 3)
    np.testing.assert_array_equal(found[1].value, [[1, 2]] * 3)


def test_an_inner_function_may_return_what_is_outside():
    found = mg.vmap(lambda x: mg.vmap(lambda s: (x, s))(x * 2))(X)
    np.testing.assert_array_equal(found[0].value, np.repeat(X[:, None], 4, axis=1))
    np.testing.assert_array_equal(found[1].value, X * 2)


def test_as_part_of_a_program():
    w = mg.parameter(X[0])
    per_example = mg.vmap(mg.grad(lambda w, x: mg.tanh(w * x).sum()), in_axes=(None, 0))
    program = mg.replay(lambda xs: per_example(w, xs))
    for k in range(1, 5):
        w.value = w.value * 1.1
        np.testing.assert_array_equal(program(X * k).value, per_example(w, X * k).value)
    assert program.reason is None


def test_on_a_device(device):
    f = lambda x: mg.grad(lambda x: mg.logsumexp(mg.tanh(x) * 2))(x)
    close(mg.vmap(f)(device.asarray(X)), mg.vmap(f)(X))


def test_users_primitives_run_for_each_element():
    @mg.primitive(name="a_square_of_mine", public=False)
    def mine(xp: Any, x: Any) -> Any:
        assert x.ndim == 1
        return x * x

    try:
        mine.defvjp(lambda g, x: 2 * g * x)
        np.testing.assert_allclose(mg.vmap(mg.grad(lambda x: mine(x).sum()))(X).value, 2 * X)
    finally:
        from minigrad.engine.primitive import REGISTRY

        del REGISTRY["a_square_of_mine"]


w = mg.parameter([1.0, 2.0])


def accumulating(x: Any) -> Any:
    with mg.Tape() as tape:
        tape.backward((w * x).sum())
    return x


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: mg.vmap(3), TypeError, "vmap"),
        (lambda: mg.vmap(lambda x: x, in_axes="0")(X), TypeError, "in_axes"),
        (lambda: mg.vmap(lambda x: x, in_axes=2)(X), IndexError, "in_axes=2 is out of bounds"),
        (lambda: mg.vmap(lambda x: x, out_axes=2)(X), IndexError, "out_axes=2 is out of bounds"),
        (lambda: mg.vmap(lambda x: x, in_axes=None)(X), ValueError, "no argument is batched"),
        (lambda: mg.vmap(lambda x: x, in_axes=(0, 0))(X), ValueError, "2 in_axes were given for 1"),
        (lambda: mg.vmap(lambda x: x["a"], in_axes=({"b": 0},))({"a": X}), ValueError, "in_axes is a tree"),
        (lambda: mg.vmap(lambda x: x, out_axes=None)(X), ValueError, "depends on the element"),
        (lambda: mg.vmap(lambda x, y: x)(X, X.T), ValueError, "have 3, 4 elements"),
        (lambda: mg.vmap(lambda x: x)(1.0), IndexError, "out of bounds"),
        (lambda: mg.vmap(lambda x, mode: x)(X, "text"), TypeError, "is str, which has no elements"),
        (lambda: mg.vmap(lambda x: 3.0)(X), TypeError, "the function returned float"),
        (lambda: mg.vmap(lambda x: x if x.sum() > 0 else -x)(X), mg.errors.CaptureError, "Write mg.where"),
        (lambda: mg.vmap(lambda x: x[x > 0])(X), mg.errors.CaptureError, "by integers"),
        (lambda: mg.vmap(lambda x: mg.dropout(x, 0.5, rng=RNG))(X), mg.errors.CaptureError, "random numbers"),
        (lambda: mg.vmap(accumulating)(X[:, :2]), mg.errors.CaptureError, "return tape.gradient"),
    ],
)
def test_refusals(call: Any, kind: Any, message: str):
    with pytest.raises(kind, match=message):
        call()
