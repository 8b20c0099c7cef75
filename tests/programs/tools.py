"""Weights by name for both libraries, truncation by brute force in PyTorch, and the comparison of two runs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

import minigrad as mg

NDArray = np.ndarray[Any, Any]
Outcome = tuple[list[Any], Any]  # of every update the loss, or the loss and the gradient's norm; the final weights

UPDATES = 20  # at least, because a wrong gradient needs time to show
TOLERANCE = 1e-10


class Weights(dict[str, Any]):
    """Weights by dotted name; ``w.cell.W_h`` is the one named ``"cell.W_h"``."""

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        inside = {key.removeprefix(f"{name}."): value for key, value in self.items() if key.startswith(f"{name}.")}
        if not inside:
            raise AttributeError(f"there is no weight {name!r}; there are {', '.join(self)}")
        return Weights(inside)


def parameters(start: Mapping[str, NDArray]) -> Weights:
    """Initial values as parameters of minigrad."""
    return Weights({name: mg.parameter(value, name=name) for name, value in start.items()})


def tensors(torch: Any, start: Mapping[str, NDArray]) -> Weights:
    """Initial values as tensors of PyTorch that want a gradient."""
    return Weights({name: torch.tensor(value, requires_grad=True) for name, value in start.items()})


# -- in PyTorch ------------------------------------------------------------------------------------


def truncated(
    step: Callable[[Weights, Any, Any], tuple[Any, Any]],
    stream: Iterable[Any],
    state: Any,
    weights: Weights,
    k1: int,
    k2: int,
    overlap: str = "keep",
) -> Iterator[float]:
    """TBPTT(k1, k2) in PyTorch by brute force: each window is run again from the state at its border.

    Every step works on copies of its own of the weights, with ``"keep"`` as they were when it was new, with
    ``"recompute"`` as they are. The sum of the gradients of all copies is added into ``.grad`` of the weights.

    Args:
        step: ``step(weights, inputs, state) -> (loss, state)``.
        stream: the inputs of each step.
        state: the initial state, a tensor or a tuple of them.
        weights: what to differentiate by.
        k1, k2, overlap: as for ``mg.truncated_bptt``.

    Yields:
        The mean loss of the new steps of each window.
    """
    stream = iter(stream)
    past: list[Any] = []  # of the overlap: weights, inputs, entering state
    while new := list(islice(stream, k1)):
        state = past[0][2] if past else state
        again = [(then if overlap == "keep" else weights, inputs) for then, inputs, _ in past]
        steps, losses = [], []
        for then, inputs in [*again, *((weights, inputs) for inputs in new)]:
            copies = Weights({name: weight.detach().clone().requires_grad_() for name, weight in then.items()})
            steps.append((copies, inputs, detached(state)))
            loss, state = step(copies, inputs, state)
            losses.append(loss)
        total = sum(losses[-len(new) :])
        (total / k1).backward()
        for name, weight in weights.items():
            gradient = sum(copies[name].grad for copies, *_ in steps if copies[name].grad is not None)
            weight.grad = gradient if weight.grad is None else weight.grad + gradient
        past = steps[max(0, len(steps) - (k2 - k1)) :]
        state = detached(state)
        yield total.item() / len(new)


def detached(state: Any) -> Any:
    """A state of PyTorch, a tensor or a tuple of them, without its history."""
    return tuple(map(detached, state)) if isinstance(state, tuple) else state.detach()


def clip_grad_norm(weights: Weights, limit: float) -> float:
    """``mg.clip_grad_norm`` in PyTorch, whose own adds 1e-6 to the norm; returns the norm before clipping."""
    norm = sum(weight.grad.square().sum() for weight in weights.values()).sqrt()
    for weight in weights.values():
        weight.grad = weight.grad * (limit / norm).clamp(max=1.0)
    return float(norm)


# -- comparing -------------------------------------------------------------------------------------


def same(ours: Outcome, theirs: Outcome, start: Mapping[str, NDArray], idle: Container[str] = ()) -> None:
    """Assert that a program of minigrad and one of PyTorch did the same, and that it learned with all its weights.

    Args:
        ours, theirs: the log of all updates and the final weights, by name or as a module. A log has the loss of each
            update, or, where clipping or an optimiser hides how large the gradient is, the loss and its norm.
        start: the initial values, by name.
        idle: names of weights that nothing depends on, so that they stay as they were.
    """
    log, expected = (np.array(run[0]).reshape(len(run[0]), -1) for run in (ours, theirs))
    assert log.shape == expected.shape, f"the log has shape {log.shape} here, {expected.shape} in PyTorch"
    assert len(log) >= UPDATES, f"{len(log)} updates are too few to show a wrong gradient"
    for update in np.flatnonzero(~_near(log, expected).all(axis=1))[:1]:
        raise AssertionError(
            f"the programs part at update {update + 1} of {len(log)}: {log[update].tolist()} here, "
            f"{expected[update].tolist()} in PyTorch"
        )
    losses = expected[:, 0]
    assert losses[-5:].mean() < losses[:5].mean(), f"the losses do not fall: {losses}"
    weights, wanted = arrays(ours[1]), arrays(theirs[1])
    assert weights.keys() == wanted.keys() == start.keys()
    for name, value in weights.items():
        near(f"after {len(log)} updates {name}", value, wanted[name])
        moved = not np.array_equal(value, start[name])
        assert moved or name in idle, f"{name} never moved: the program does not train it"


def near(what: str, ours: Any, theirs: Any) -> None:
    """Assert that two arrays agree to ``TOLERANCE``; the message names the element that differs most."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what} has shape {ours.shape} here, {theirs.shape} in PyTorch"
    wrong = ~_near(ours, theirs)
    if wrong.any():
        place = np.unravel_index(np.argmax(np.where(wrong, abs(ours - theirs), -1)), ours.shape)
        at = [int(index) for index in place]
        raise AssertionError(
            f"{what} is {ours[place]!r} here, {theirs[place]!r} in PyTorch at {at}; {wrong.sum()} of {wrong.size} "
            "elements differ"
        )


def arrays(weights: Any) -> dict[str, NDArray]:
    """The values of a module, or of weights of either library, by name."""
    if isinstance(weights, mg.nn.Module):
        return weights.state_dict()
    return {name: weight.detach().numpy() for name, weight in weights.items()}


def _near(ours: NDArray, theirs: NDArray) -> NDArray:
    """The elements that agree, relative to the largest one, or to 1 if that is less."""
    scale = max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
    return np.abs(ours - theirs) <= TOLERANCE * scale
