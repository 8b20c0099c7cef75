"""What a user hands over by mistake is refused at once, in words that say what to hand over instead."""

from __future__ import annotations

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim

MODULE = nn.Linear(3, 2, rng=0)
P = mg.parameter(np.ones(3), name="p")
X = np.ones(3)
LOGITS = np.ones((2, 4))

CASES = [
    # optimisers and clipping
    (lambda: optim.SGD([P, MODULE.W, P], 0.1), ValueError, "SGD was given the parameter 'p' of shape (3,) twice"),
    (lambda: optim.SGD([], 0.1), ValueError, "SGD was given no parameters"),
    (lambda: optim.SGD(MODULE, 0.1), TypeError, "SGD takes a list of parameters, not Linear; pass module.parameters()"),
    (lambda: optim.Adam(P), TypeError, "Adam takes a list of parameters, not a parameter; pass [parameter]"),
    (lambda: optim.SGD(3, 0.1), TypeError, "not int; pass module.parameters(), or a list"),
    (lambda: optim.SGD({"p": P}, 0.1), TypeError, "not dict; pass list(named.values())"),
    (lambda: optim.SGD(MODULE.state_dict(), 0.1), TypeError, "not dict; pass module.parameters()"),
    (lambda: optim.SGD([P, mg.tensor(1.0)], 0.1), TypeError, "a leaf that wants no gradient, which is number 1"),
    (lambda: optim.SGD([P], "0.1"), TypeError, "lr='0.1' must be a number, not str"),
    (lambda: optim.SGD([P], np.array([0.1, 0.2])), TypeError, "must be a number, not ndarray"),
    (lambda: optim.SGD([P], 0.1, momentum=None), TypeError, "momentum=None must be a number"),
    (lambda: optim.SGD([P], -0.1), ValueError, "lr=-0.1 is outside"),
    (lambda: optim.Adam([P], betas=0.9), TypeError, "betas=0.9 must be two numbers"),
    (lambda: optim.Adam([P], betas=(0.9, 0.9, 0.9)), TypeError, "must be two numbers"),
    (lambda: mg.clip_grad_norm(MODULE, 1.0), TypeError, "clip_grad_norm takes a list of parameters, not Linear"),
    (lambda: mg.clip_grad_norm([P, P], 1.0), ValueError, "twice, as numbers 0 and 1"),
    (lambda: mg.clip_grad_norm([P], "1"), TypeError, "max_norm='1' must be a number"),
    (lambda: mg.clip_grad_value(P, 1.0), TypeError, "clip_grad_value takes a list of parameters, not a parameter"),
    (lambda: optim.grad_norm(MODULE), TypeError, "grad_norm takes a list of parameters, not Linear"),
    # layers and cells
    *(
        (lambda make=make: make(3, -2), ValueError, f"{make.__name__}: {last}=-2 must be at least 1")
        for make, last in [
            (nn.RNNCell, "hidden"),
            (nn.GRUCell, "hidden"),
            (nn.LSTMCell, "hidden"),
            (nn.Linear, "outputs"),
            (nn.Embedding, "size"),
        ]
    ),
    (lambda: nn.RNNCell(0, 3), ValueError, "RNNCell: inputs=0 must be at least 1"),
    (lambda: nn.GRUCell(3.0, 3), TypeError, "GRUCell: inputs=3.0 must be an integer, not float"),
    (lambda: nn.Linear("3", 3), TypeError, "Linear: inputs='3' must be an integer, not str"),
    (lambda: nn.Embedding(True, 3), TypeError, "Embedding: count=True must be an integer, not bool"),
    (lambda: nn.LayerNorm((3, 4)), TypeError, "LayerNorm: size=(3, 4) must be an integer"),
    (lambda: nn.RNNCell(2, 3).initial_state(-1), ValueError, "initial_state: batch=-1 must be at least 0"),
    (lambda: nn.TiedLinear(nn.Linear(2, 3)), TypeError, "TiedLinear: the weight must be a parameter"),
    (lambda: nn.TiedLinear(P), TypeError, "not a tensor of shape (3,)"),
    (lambda: nn.Sequential(mg.tanh, 3), TypeError, "nn.Sequential, as layer 1, takes a function, not int"),
    (lambda: nn.Stacked([3]), TypeError, "nn.Stacked: cell 0 is int"),
    (lambda: nn.Dropout("a"), TypeError, "rate='a' must be a number"),
    (lambda: nn.Dropout(1.0), ValueError, "rate=1.0 is outside [0, 1)"),
    (lambda: mg.dropout(X, "a", rng=np.random.default_rng(0)), TypeError, "dropout: rate='a' must be a number"),
    # targets and tokens
    (lambda: mg.cross_entropy(LOGITS, np.array([0.0, 1.0])), TypeError, "give integers of shape (2,), or prob"),
    (lambda: mg.cross_entropy(LOGITS, [0.0, 1.0]), TypeError, "give integers of shape (2,), or prob"),
    (lambda: nn.Embedding(3, 2)(np.array([0.5])), TypeError, "row index must hold integers, not float64"),
    # transforms
    *(
        (lambda f=f: f(3), TypeError, f"mg.{f.__name__} takes a function, not int")
        for f in (mg.grad, mg.value_and_grad, mg.vjp, mg.jacobian, mg.hessian, mg.checkpoint, mg.custom_vjp)
    ),
    (lambda: mg.jvp(3, (1.0,), (1.0,)), TypeError, "mg.jvp takes a function, not int"),
    (lambda: mg.hvp(3, (1.0,), (1.0,)), TypeError, "mg.hvp takes a function, not int"),
    (lambda: mg.gradcheck(3, 1.0), TypeError, "mg.gradcheck takes a function, not int"),
    (lambda: mg.grad(P), TypeError, "not Leaf; of a tensor that is computed already, ask tape.gradient"),
    (lambda: mg.jvp(mg.sin, 3.0, 1.0), TypeError, "jvp: the primals must be a tuple with one entry for each argument"),
    (lambda: mg.jvp(mg.sin, (X,), X), TypeError, "jvp: the tangents must be a tuple"),
    (lambda: mg.hvp(mg.sin, X, X), TypeError, "write mg.hvp(f, (x,), (v,))"),
    # states and files
    (lambda: mg.save("a.npz", MODULE), TypeError, "expected a dict of arrays by name, not Linear; pass its .state"),
    (lambda: mg.save("a.npz", [P]), TypeError, "not list; pass {'name': array, ...}"),
    (lambda: MODULE.load_state_dict([1]), TypeError, "load_state_dict: expected a dict of arrays by name, not list"),
    (lambda: MODULE.load_state_dict("a.npz"), TypeError, "not str; read it with mg.load(path)"),
    (lambda: MODULE.load_state_dict(MODULE), TypeError, "not Linear; pass its .state_dict()"),
    (lambda: optim.SGD([P], 0.1).load_state_dict([1]), TypeError, "optimiser state: expected a dict"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), CASES)
def test_a_mistake_is_named_with_its_line(call, error, words):
    with pytest.raises(error, match=f"{re.escape(words)}.*{re.escape(__file__)}:{call.__code__.co_firstlineno}"):
        call()


def test_a_list_in_a_state_is_named():
    with pytest.raises(mg.errors.CheckpointError, match=r"'W' is list, expected an array of shape \(3, 2\)"):
        MODULE.load_state_dict({"W": [[1.0, 2.0]], "b": [1.0, 2.0]})


@pytest.mark.parametrize("only", [X, mg.tensor(X), 0.5, {"a": X}])
def test_gradcheck_takes_a_single_argument(only):
    f = lambda x: mg.sin(x["a"] if isinstance(x, dict) else x)
    assert mg.gradcheck(f, only)
    with pytest.raises(mg.errors.GradientError, match="argument 0"):
        mg.gradcheck(lambda x: f(x) + mg.stop_gradient(f(x)), only)


def test_gradcheck_takes_a_single_module():
    assert mg.gradcheck(lambda module: module(np.ones((1, 3))).sum(), MODULE)


@pytest.mark.parametrize("size", [np.int64(3), 1])
def test_sizes_may_be_numpys(size):
    assert nn.RNNCell(size, size).W_h.shape == (size, size)


def test_a_source_that_was_used_before_a_cut_only():
    with mg.Tape() as tape:
        q = mg.parameter(1.0, name="q")
        tape.mark()
        h = q * 2.0
        tape.mark()
        before = h * P
        with pytest.raises(mg.errors.UnusedError, match=r"source 'q' of shape \(\); pass unused"):
            tape.gradient(before.sum() * 0.0 + (P * P).sum(), mg.parameter(1.0, name="q"))
        tape.cut()
        y = h * P
        with pytest.raises(
            mg.errors.UnusedError, match=r"'q' of shape \(\) since cut 1, which dropped every step up to 2; pass"
        ):
            tape.gradient(y.sum(), q)


def test_a_state_carried_without_a_cut_is_named_with_step_window_and_cut():
    w = mg.parameter(0.5)
    with mg.Tape() as tape:
        tape.mark()
        h = w * 1.0
        tape.cut()
        tape.mark()
        h = h * w
        tape.backward(h)
        tape.mark()
        h = h * w
        with pytest.raises(mg.errors.ConsumedError, match=r"step 2 of window 2\).*call tape\.cut\(\) before"):
            tape.backward(h)


def test_a_checkpoint_that_does_not_fit_is_named_with_its_file(tmp_path):
    path, run = tmp_path / "m.npz", tmp_path / "run.npz"
    other = nn.Linear(2, 4)
    mg.save(path, other.state_dict())
    both = r"'W' has shape \(2, 4\), expected \(3, 2\)"
    with pytest.raises(mg.errors.CheckpointError, match=rf"state dict from {re.escape(str(path))}: {both}"):
        MODULE.load_state_dict(mg.load(path))
    mg.save_run(run, model=other)
    with pytest.raises(mg.errors.CheckpointError, match=rf"{re.escape(str(run))}: 'model': state dict: {both}"):
        mg.load_run(run, model=MODULE)
    optimizer = optim.SGD([P], 0.1)
    mg.save(path, {**optimizer.state_dict(), "more": np.ones(1)})
    with pytest.raises(mg.errors.CheckpointError, match=rf"state from {re.escape(str(path))}: the key 'more'"):
        optimizer.load_state_dict(mg.load(path))
