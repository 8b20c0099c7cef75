"""A case, what it gives on a device and on NumPy, and where the two differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.engine.backend import device_of, module_of, to_host
from minigrad.errors import MinigradError
from minigrad.nn.module import Module


@dataclass
class Case:
    """A function of an array module that gives arrays and texts by name, and how far they may be apart.

    Only a single call may be refused, by NumPy and the device alike: any other case would compare nothing then.
    """

    name: str
    run: Callable[[Any], dict[str, Any]]
    rtol: float = 1e-9
    atol: float = 1e-10
    one_call: bool = False


def device(xp: Any) -> str:
    """The name of an array module's device."""
    return device_of(xp.zeros(1))


def put(xp: Any, value: Any) -> Any:
    """A module or a tensor on the device of ``xp``; an array there as a leaf, wanting a gradient if it is of floats."""
    if isinstance(value, (Module, mg.Tensor)):
        return value.to(device(xp))
    array = xp.asarray(value)
    return mg.parameter(array) if array.dtype.kind == "f" else mg.tensor(array)


def raw(value: Any) -> Any:
    return getattr(value, "_value", value)


def host(value: Any) -> Any:
    """Arrays and tensors as NumPy's arrays; texts, numbers and ``None`` as they are."""
    value = raw(value)
    return to_host(value) if hasattr(value, "dtype") else value


def differentiated(f: Callable[..., Any], arrays: Sequence[Any]) -> Callable[[Any], dict[str, Any]]:
    """What ``f`` gives for the arrays, and the gradients by those of floats."""

    def run(xp: Any) -> dict[str, Any]:
        leaves = [put(xp, array) for array in arrays]
        with mg.Tape() as tape:
            y = f(*leaves)
            found = dict(enumerate(y)) if isinstance(y, (tuple, list)) else {0: y}
            targets = [t for t in found.values() if isinstance(t, mg.Tensor) and t.recorded and t.dtype.kind == "f"]
            sources = [leaf for leaf in leaves if leaf.dtype.kind == "f"]
            gradients: list[Any] = []
            if targets and sources:
                rng = np.random.default_rng(0)
                seeds = [xp.asarray(rng.standard_normal(t.shape).astype(t.dtype)) for t in targets]
                gradients = tape.gradient(targets, sources, seed=seeds, unused="zero")
        results = {f"value {k}": v for k, v in found.items()} | {f"gradient {k}": g for k, g in enumerate(gradients)}
        for name, result in results.items():
            if hasattr(raw(result), "dtype") and raw(result).shape:
                assert module_of(raw(result)) is xp, f"{name} has left the device"
        return {name: host(result) for name, result in results.items()}

    return run


def case(name: str, f: Callable[..., Any], arrays: Sequence[Any], rtol: float = 1e-9, atol: float = 1e-10) -> Case:
    return Case(name, differentiated(f, arrays), rtol, atol, one_call=True)


def gradients(named: Any) -> dict[str, Any]:
    """The gradients of a module's, or a list's, parameters on the host."""
    pairs = named.named_parameters() if isinstance(named, Module) else enumerate(named)
    return {f"gradient of {name}": host(p.grad) for name, p in pairs}


def difference(each: Case, xp: Any) -> str | None:
    """In words, what a case gives on the device of ``xp`` and not on NumPy; ``None`` if they agree."""
    with np.errstate(all="ignore"):
        here, there = _outcome(each, np), _outcome(each, xp)
    if isinstance(here, Exception) or isinstance(there, Exception):
        refused = each.one_call and isinstance(here, (MinigradError, np.linalg.LinAlgError))
        if refused and type(here) is type(there):
            return None
        return f"NumPy: {_said(here)}; device: {_said(there)}"
    if here.keys() != there.keys():
        return f"NumPy gives {sorted(here)}, the device {sorted(there)}"
    for name, value in here.items():
        why = _apart(value, there[name], each)
        if why is not None:
            return f"{name}: {why}"
    return None


def _outcome(each: Case, xp: Any) -> Any:
    try:
        return each.run(xp)
    except AssertionError:
        raise
    except Exception as failure:
        return failure


def _said(outcome: Any) -> str:
    return f"{type(outcome).__name__} {outcome}"[:300] if isinstance(outcome, Exception) else "no error"


def _apart(here: Any, there: Any, each: Case) -> str | None:
    if not isinstance(here, (np.ndarray, np.generic)):
        return None if here == there else f"{here!r} on NumPy, {there!r} on the device"
    here, there = np.asarray(here), np.asarray(there)
    if (here.dtype, here.shape) != (there.dtype, there.shape):
        return f"{here.dtype}{here.shape} on NumPy, {there.dtype}{there.shape} on the device"
    a, b = here.astype(float), there.astype(float)
    scale = max(1.0, float(np.abs(a[np.isfinite(a)]).max(initial=0)))
    if np.allclose(a, b, rtol=each.rtol, atol=each.atol * scale, equal_nan=True):
        return None
    return f"{a.ravel()[:4]} on NumPy, {b.ravel()[:4]} on the device"
