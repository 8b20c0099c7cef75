"""Words for sums and for sets of steps, as far as what they say is known."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import isclose

from ..graph.model import Module
from ..graph.sums import Sum
from ..text import Run, clean, number
from .names import Names, Runs

_FEW = 3  # losses that are written out
MOST_NAMED = 12  # operations that a tooltip names


def made_of(names: Names, each: Sum, *, spans: bool = True) -> Runs:
    """What a total is, such as ``Σ ℓ_t`` or ``0.9 ℓ_1 + ℓ_2``; nothing where that is not known.

    Args:
        names: the names of the losses.
        each: the sum.
        spans: also say of which steps.
    """
    if not each.weights or each.constant is None or not each.losses:
        return ()
    constant = (Run(f"{number(each.constant)} + "),) if each.constant else ()
    rows = _by_row(names, each)
    even = rows is not None and len(rows) == 1 and len(each.losses) > 1 and len(set(each.weights)) == 1
    if spans and len(each.losses) <= _FEW and not even:
        return (*constant, *_written_out(names, each))
    if rows is None:
        what = "terms" if any(map(names.is_state, each.losses)) else "losses"
        return (*constant, Run(f"weighted Σ of {len(each.losses):,} {what}"))
    runs: list[Run] = [*constant]
    for k, (losses, weights) in enumerate(rows):
        runs += [Run(" + ")] if k else []
        runs.append(Run(_sign(weights, alone=len(rows) == 1)))
        runs += _any_step(names, losses[0])
    steps = [names.graph.nodes[i].key.step for i in rows[0][0]]
    if spans:
        whole = steps == list(range(steps[0], steps[-1] + 1))
        runs.append(Run(f",  t = {steps[0]} to {steps[-1]}" if whole else f",  at {len(steps):,} steps"))
    return tuple(runs)


def _by_row(names: Names, each: Sum) -> list[tuple[list[int], list[float]]] | None:
    """The losses of each row with their weights; ``None`` if they are not one for each of the same steps."""
    nodes = names.graph.nodes
    rows: dict[object, tuple[list[int], list[float]]] = {}
    for i, weight in zip(each.losses, each.weights):
        losses, weights = rows.setdefault(names.rows.of.get(i), ([], []))
        losses.append(i)
        weights.append(weight)
    steps = [[nodes[i].key.step for i in losses] for losses, _ in rows.values()]
    regular = all(found == steps[0] and len(set(found)) == len(found) and 0 not in found for found in steps)
    return list(rows.values()) if regular and len(rows) <= _FEW else None


def _sign(weights: Sequence[float], *, alone: bool) -> str:
    weight = weights[0]
    if not all(isclose(other, weight, rel_tol=1e-6) for other in weights):
        return "weighted Σ "
    if isclose(weight, 1.0, rel_tol=1e-6):
        return "Σ "
    return "mean " if alone and isclose(weight * len(weights), 1.0, rel_tol=1e-6) else f"{number(weight)} Σ "


def _any_step(names: Names, loss: int) -> Runs:
    """The name of a loss at any step."""
    first, *rest = names.result(loss)
    above = tuple(run for run in rest if run.shift == "sup")
    return (first, Run("t", italic=True, shift="sub"), *above)


def _written_out(names: Names, each: Sum) -> Runs:
    runs: list[Run] = []
    for i, weight in zip(each.losses, each.weights):
        if runs or weight < 0:
            runs.append(Run((" − " if runs else "−") if weight < 0 else " + "))
        if not isclose(abs(weight), 1.0, rel_tol=1e-6):
            runs.append(Run(f"{number(abs(weight))} "))
        runs += names.result(i)
    return tuple(runs)


def which_steps(steps: Sequence[int], count: int) -> str:
    """Numbers of steps in a few words, out of so many."""
    runs: list[list[int]] = []
    for n in steps:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    if len(runs) > 3:
        apart = {later - before for before, later in itertools.pairwise(steps)}
        if len(apart) == 1:
            return f"t = {steps[0]}, {steps[1]}, … {steps[-1]}"
        return f"in {len(steps):,} of {count:,} steps"
    return "t = " + ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def operations(module: Module) -> str:
    """How many operations are in a module, and which."""
    many = len(module.ops)
    names = ", ".join(map(clean, module.ops[:MOST_NAMED])) + (" …" if many > MOST_NAMED else "")
    return f"{many:,} operation{'s' * (many != 1)} ({names})"
