"""Transforms, tapes, hooks, drawings and what else a program does with tensors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import minigrad as mg
from tests.device.comparing import Case, device, host, put

X = np.linspace(0.1, 1.0, 6).reshape(2, 3)


def _tape(xp: Any, inspect: bool = False) -> mg.Tape:
    w = mg.parameter(xp.asarray(np.full((3, 3), 0.1)), name="w")
    h = put(xp, np.ones((2, 3)))
    tape = mg.Tape(inspect=inspect)
    with tape:
        for k in range(3):
            tape.mark()
            h = tape.name(mg.tanh(h @ w), f"h{k}")
        tape.backward(mg.square(h).mean())
    return tape


def _anomaly(xp: Any) -> dict[str, Any]:
    x = put(xp, np.array([0.0, 1.0]))
    try:
        with mg.detect_anomaly(), mg.Tape() as tape:
            tape.backward(mg.log(x).sum())
    except mg.errors.AnomalyError as failure:
        return {"said": str(failure).split(" (at")[0]}
    return {"said": "nothing"}


def _hook(xp: Any) -> dict[str, Any]:
    x, seen = put(xp, X), []
    with mg.Tape() as tape:
        y = x * 2
        tape.hook(y, lambda g: seen.append(host(g)) or g * 3)
        tape.backward(y.sum())
    return {"seen": seen[0], "grad": host(x.grad)}


def _checkpoint(xp: Any) -> dict[str, Any]:
    x = put(xp, X)
    with mg.Tape() as tape:
        tape.backward(mg.checkpoint(lambda v: mg.tanh(v * 2))(x).sum())
    return {"grad": host(x.grad)}


def _custom_vjp(xp: Any) -> dict[str, Any]:
    @mg.custom_vjp
    def doubled(v: Any) -> Any:
        return v * 2

    doubled.defvjp(lambda g, out, v: (g * out * v,))
    x = put(xp, X)
    with mg.Tape() as tape:
        tape.backward(doubled(x).sum())
    return {"grad": host(x.grad)}


def _assigned(xp: Any) -> dict[str, Any]:
    x = put(xp, X)
    x.value = x.value * 2
    return {"x": host(x)}


def _twice(xp: Any) -> dict[str, Any]:
    x = put(xp, X)
    with mg.Tape() as tape:
        y = (x * x).sum()
        tape.backward(y, retain=True)
        tape.backward(y)
    return {"grad": host(x.grad)}


def _nested(xp: Any) -> dict[str, Any]:
    x = put(xp, X)
    with mg.Tape() as tape:
        g = tape.gradient((x**3).sum(), x, create_graph=True)
        return {"second": host(tape.gradient(g.sum(), x))}


def _threads(xp: Any) -> dict[str, Any]:
    found = {}

    def work(k: int) -> None:
        x = put(xp, X + k)
        with mg.Tape() as tape:
            tape.backward((x * x).sum())
        found[f"grad {k}"] = host(x.grad)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return dict(sorted(found.items()))


def _created(xp: Any) -> dict[str, Any]:
    on = {"device": device(xp)}
    return {
        "zeros": host(mg.zeros((2, 3), **on)),
        "ones": host(mg.ones((2,), **on)),
        "full": host(mg.full((2,), 3.5, **on)),
        "eye": host(mg.eye(3, **on)),
        "arange": host(mg.arange(5, **on)),
        "linspace": host(mg.linspace(0.0, 1.0, 4, **on)),
        "logspace": host(mg.logspace(0.0, 1.0, 4, **on)),
        "zeros_like": host(mg.zeros_like(put(xp, X))),
        "full_like": host(mg.full_like(put(xp, X), 2)),
    }


def _numbers(xp: Any) -> dict[str, Any]:
    x = put(xp, X)
    return {
        "item": x[0, 0].item(),
        "float": float(x[0, 1]),
        "int": int(mg.argmax(x)),
        "bool": bool(x[0, 0] > 0),
        "index": [10, 20, 30, 40, 50, 60][mg.argmax(x)],
        "format": f"{x[0, 1]:.3f}",
        "repr": repr(x),
        "rows": [float(row.sum()) for row in x],
    }


def _regular(xp: Any) -> dict[str, Any]:
    x = put(xp, X)
    return {
        "sum": host(np.sum(x, axis=0)),
        "tanh": host(np.tanh(x)),
        "concatenate": host(np.concatenate([x, x])),
        "astype": host(x.astype("float32")),
        "bools": host(x.astype(bool)),
        "compared": host(x > 0.5),
        "where": host(mg.where(x > 0.5, x, 0.0)),
        "detach": host(x.detach()),
    }


def _saved_run(xp: Any) -> dict[str, Any]:
    tree = {"a": put(xp, X), "b": [put(xp, X)]}
    return {"grad": host(mg.grad(lambda p: (p["a"] * p["b"][0]).sum())(tree)["a"])}


def _transform(f: Callable[[Any, Any], Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda xp: {"result": host(f(xp, put(xp, X)))}


RUNS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "grad": _transform(lambda xp, x: mg.grad(lambda v: mg.exp(v).sum())(x)),
    "value_and_grad": _transform(lambda xp, x: mg.value_and_grad(lambda v: mg.exp(v).sum())(x)[1]),
    "vjp": _transform(lambda xp, x: mg.vjp(mg.tanh, x)[1](put(xp, np.ones((2, 3))))[0]),
    "jvp": _transform(lambda xp, x: mg.jvp(lambda v: mg.tanh(v) * v, (x,), (put(xp, np.ones((2, 3))),))[1]),
    "linearize": _transform(lambda xp, x: mg.linearize(mg.tanh, x)[1](put(xp, np.ones((2, 3))))),
    "hvp": _transform(lambda xp, x: mg.hvp(lambda v: mg.exp(v).sum(), (x,), (put(xp, np.ones((2, 3))),))[0]),
    "jacobian": _transform(lambda xp, x: mg.jacobian(lambda v: mg.tanh(v) * v)(x)),
    "hessian": _transform(lambda xp, x: mg.hessian(lambda v: (mg.tanh(v) ** 3).sum())(x)),
    "gradcheck": lambda xp: {"nothing": mg.gradcheck(lambda v: mg.tanh(v).sum(), put(xp, X))},
    "tape": lambda xp: {"text": str(_tape(xp))},
    "drawing": lambda xp: {"svg": mg.draw(_tape(xp)).svg()},
    "drawing with values": lambda xp: {"svg": mg.draw(_tape(xp, True), show=("op", "value")).svg()},
    "anomaly": _anomaly,
    "hook": _hook,
    "checkpoint": _checkpoint,
    "custom_vjp": _custom_vjp,
    "an assigned value": _assigned,
    "two walks": _twice,
    "a walk recorded": _nested,
    "threads": _threads,
    "creation": _created,
    "numbers": _numbers,
    "NumPy's functions": _regular,
    "trees": _saved_run,
}


def programs() -> Iterator[Case]:
    """Programs."""
    for name, run in RUNS.items():
        yield Case(name, run, 1e-6, 1e-8)
