"""Cells, layers and losses, and the optimisers that train them."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from minigrad.engine.backend import module_of
from tests.device.comparing import Case, device, gradients, host, put

TOKENS = np.random.default_rng(1).integers(0, 7, (6, 3))
CELLS: dict[str, Callable[[], Any]] = {
    "RNN": lambda: nn.RNNCell(4, 5, rng=0),
    "RNN of relu, with a learned state": lambda: nn.RNNCell(4, 5, nonlinearity="relu", learn_state=True, rng=0),
    "LSTM": lambda: nn.LSTMCell(4, 5, rng=0),
    "LSTM with a learned state": lambda: nn.LSTMCell(4, 5, learn_state=True, rng=0),
    "GRU": lambda: nn.GRUCell(4, 5, rng=0),
    "stack": lambda: nn.Stacked([nn.GRUCell(4, 5, rng=0), nn.LSTMCell(5, 5, rng=1)]),
    "stack with dropout": lambda: nn.Stacked([nn.RNNCell(4, 5, rng=0), nn.RNNCell(5, 5, rng=1)], dropout=0.3, rng=3),
    "LSTM with variational dropout": lambda: nn.VariationalDropout(
        nn.LSTMCell(4, 5, rng=0), inputs=0.2, recurrent=0.2, outputs=0.2, rng=4
    ),
}
LOSSES: dict[str, dict[str, Any]] = {
    "mean": {},
    "sum": {"reduction": "sum"},
    "ignoring": {"ignore_index": 0},
    "smooth": {"label_smoothing": 0.1},
}


class Net(nn.Module):
    """Embedding, cell, layer norm, read-out."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.embed = nn.Embedding(7, 4, rng=5)
        self.cell = make()
        self.norm = nn.LayerNorm(5)
        self.read = nn.Linear(5, 7, rng=6)

    def loss(self, tokens: Any, lengths: Any = None, **how: Any) -> Any:
        ys, _ = nn.unroll(self.cell, self.embed(tokens[:-1]), lengths=lengths)
        return nn.cross_entropy(self.read(self.norm(ys)), tokens[1:], **how)


def _trained(make: Callable[[], Any], **how: Any) -> Callable[[Any], dict[str, Any]]:
    def run(xp: Any) -> dict[str, Any]:
        net = put(xp, Net(make))
        with mg.Tape() as tape:
            loss = net.loss(xp.asarray(TOKENS), **how)
            tape.backward(loss)
        return {"loss": host(loss), **gradients(net)}

    return run


def _both_ways(xp: Any) -> dict[str, Any]:
    forth, back = (put(xp, nn.GRUCell(4, 5, rng=seed)) for seed in (0, 1))
    x = put(xp, np.random.default_rng(2).standard_normal((6, 3, 4)).astype("float32"))
    with mg.Tape() as tape:
        y, _ = nn.bidirectional(forth, back, x, lengths=[6, 2, 4])
        tape.backward((y * y).sum())
    return {"y": host(y), **gradients([*forth.parameters(), *back.parameters()])}


def _tied(xp: Any) -> dict[str, Any]:
    embed = put(xp, nn.Embedding(7, 4, rng=5))
    read = put(xp, nn.TiedLinear(embed.table))
    tokens = xp.asarray(TOKENS)
    with mg.Tape() as tape:
        loss = nn.cross_entropy(read(embed(tokens)), tokens)
        tape.backward(loss)
    return {"loss": host(loss), **gradients(embed)}


def _layers(xp: Any) -> dict[str, Any]:
    net = nn.Sequential(nn.Linear(3, 4, rng=0), mg.tanh, nn.Dropout(0.5, rng=1), nn.Linear(4, 1, rng=2))
    put(xp, net)
    with mg.Tape() as tape:
        loss = nn.mse_loss(net(put(xp, np.ones((5, 3), "float32"))), put(xp, np.ones((5, 1), "float32")))
        tape.backward(loss)
    return {"loss": host(loss), **gradients(net)}


def _saved(xp: Any) -> dict[str, Any]:
    net, other = put(xp, Net(CELLS["LSTM"])), put(xp, Net(lambda: nn.LSTMCell(4, 5, rng=9)))
    other.load_state_dict(net.state_dict())
    assert all(module_of(p.value) is xp for p in other.parameters())
    return {name: host(p) for name, p in other.named_parameters()}


def _copied(xp: Any) -> dict[str, Any]:
    net = put(xp, Net(CELLS["LSTM"])).to("cpu").to(device(xp))
    twin = copy.deepcopy(net)
    assert all(module_of(p.value) is xp for p in twin.parameters())
    return {name: host(p) for name, p in twin.named_parameters()}


def _pickled(xp: Any) -> dict[str, Any]:
    file = io.BytesIO()
    pickle.dump(mg.parameter(np.arange(3.0)).to(device(xp)).to("cpu"), file)
    file.seek(0)
    return {"value": host(pickle.load(file))}


def networks() -> Iterator[Case]:
    """Networks: losses and gradients."""
    for name, make in CELLS.items():
        for label, how in LOSSES.items():
            yield Case(f"{name}, {label}", _trained(make, **how), 1e-4, 1e-5)
        yield Case(f"{name}, padded", _trained(make, lengths=[5, 2, 3]), 1e-4, 1e-5)
    for name, run in {
        "bidirectional": _both_ways,
        "tied weights": _tied,
        "layers": _layers,
        "state dict": _saved,
        "copies": _copied,
        "pickle": _pickled,
    }.items():
        yield Case(name, run, 1e-4, 1e-5)


OPTIMISERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda p: optim.SGD(p, 0.1),
    "SGD with momentum": lambda p: optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.01),
    "SGD of Nesterov": lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, 0.1),
    "AdamW": lambda p: optim.AdamW(p, 0.1),
    "RMSProp": lambda p: optim.RMSProp(p, 0.01, momentum=0.5, centered=True),
}


def _stepped(make: Callable[[Any], Any], dtype: str) -> Callable[[Any], dict[str, Any]]:
    def run(xp: Any) -> dict[str, Any]:
        w = put(xp, np.linspace(-1, 1, 12).reshape(3, 4).astype(dtype))
        b = put(xp, np.zeros(4, dtype))
        optimiser = make([w, b])
        norms = []
        for _ in range(4):
            with mg.Tape() as tape:
                tape.backward(mg.square(mg.tanh(w).sum(axis=0) + b - 1).mean())
            norms.append(optim.clip_grad_norm([w, b], 0.1))
            optim.clip_grad_value([w, b], 0.03)
            optimiser.step()
            w.grad = b.grad = None
        state = optimiser.state_dict()
        make([w, b]).load_state_dict(state)
        return {"w": host(w), "b": host(b), "norms": np.array(norms), **{k: np.asarray(v) for k, v in state.items()}}

    return run


def _scheduled(xp: Any) -> dict[str, Any]:
    w = put(xp, np.ones(3))
    optimiser = optim.Adam([w], 0.1)
    schedule = optim.LRSchedule(optimiser, optim.warm_up(optim.cosine(0.1, 5), 2))
    for _ in range(3):
        with mg.Tape() as tape:
            tape.backward((w * w).sum())
        optimiser.step()
        schedule.step()
        w.grad = None
    return {"w": host(w)}


def _norm_of(values: Any) -> Callable[[Any], dict[str, Any]]:
    def run(xp: Any) -> dict[str, Any]:
        w = put(xp, values)
        with mg.Tape() as tape:
            tape.backward((w * w).sum())
        return {"norm": np.array(optim.clip_grad_norm([w], 1.0)), "grad": host(w.grad)}

    return run


def optimisers() -> Iterator[Case]:
    """Optimisers, clipping, schedules."""
    for name, make in OPTIMISERS.items():
        for dtype in ("float32", "float64", "float16"):
            rough = dtype == "float16"
            yield Case(f"{name} of {dtype}", _stepped(make, dtype), 1e-2 if rough else 1e-5, 1e-3 if rough else 1e-6)
    yield Case("schedule", _scheduled)
    yield Case("clip infinite gradients", _norm_of(np.array([1.0, np.inf])))
    yield Case("clip tiny gradients", _norm_of(np.array([1e-30, 2e-30], np.float32)))
    yield Case("norm of nothing", _norm_of(np.zeros((0, 3))))
