"""What the tests of modules share."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from tests.numeric import host, slope

CELLS = {
    "RNN": mg.nn.RNNCell,
    "RNN relu": lambda *sizes, **options: mg.nn.RNNCell(*sizes, nonlinearity="relu", **options),
    "GRU": mg.nn.GRUCell,
    "LSTM": mg.nn.LSTMCell,
}


def on(xp, module):
    """A module with its parameters on the device of ``xp``."""
    for p in module.parameters():
        p._value = xp.asarray(p._value)
    return module


def check_gradients(make, loss, rng, xp):
    """Compare the gradients that a walk finds on ``xp`` with finite differences on the host.

    Args:
        make: makes a module, the same each time.
        loss: takes the module and ``asarray``, returns a scalar tensor.
    """
    module, reference = on(xp, make()), make()
    with mg.Tape() as tape:
        tape.backward(loss(module, xp.asarray))
    leaves = reference.parameters()
    values = [p.numpy() for p in leaves]
    for p, leaf, value in zip(module.parameters(), leaves, values, strict=True):
        assert type(p.grad) is type(p.value)
        for _ in range(3):
            direction = rng.standard_normal(value.shape)

            def along(t, leaf=leaf, value=value, direction=direction):
                leaf.value = value + t * direction
                return loss(reference, np.asarray).item()

            expected = slope(along, 1e-5)  # so short that no kink of relu lies on the way
            np.testing.assert_allclose(np.sum(host(p.grad) * direction), expected, rtol=1e-6, atol=1e-7, err_msg=p.name)
        leaf.value = value


def torch_cell(torch, cell):
    """PyTorch's cell with the weights of ``cell``."""
    kind = {"RNNCell": torch.nn.RNNCell, "GRUCell": torch.nn.GRUCell, "LSTMCell": torch.nn.LSTMCell}
    options = {"nonlinearity": cell.nonlinearity} if isinstance(cell, mg.nn.RNNCell) else {}
    theirs = kind[type(cell).__name__](cell.inputs, cell.hidden, dtype=torch.float64, **options)
    copy_weights(torch, cell, theirs)
    return theirs


def copy_weights(torch, cell, theirs, suffix=""):
    """Write the weights of ``cell`` into a PyTorch module."""
    for name, value in torch_weights(cell).items():
        with torch.no_grad():
            getattr(theirs, name + suffix).copy_(torch.tensor(np.array(value)))


def torch_weights(cell, of=lambda leaf: host(leaf.value)):
    """The parameters of ``cell`` (or their gradients) under PyTorch's names and in its layout."""
    weights = {"weight_ih": of(cell.W_x).T, "weight_hh": of(cell.W_h).T}
    if isinstance(cell, mg.nn.GRUCell):
        return {**weights, "bias_ih": of(cell.b_x), "bias_hh": of(cell.b_h)}
    return {**weights, "bias_ih": of(cell.b), "bias_hh": 0 * of(cell.b)}
