"""Sums: whether a total is a weighted sum of losses, tried with other losses and other parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from minigrad.statements import Statement
from tests.draw.audits.context import Context, Reason, agree, check, percent

_MOST = 12  # losses that are changed one by one; more are changed in groups


@check("sum")
def weighted(context: Context, statement: Statement) -> Reason:
    said = statement.said
    if not isinstance(said, tuple) or not all(isinstance(number, int | float) for number in said):
        return "it says no weights and constant"
    total, *losses = statement.ids or (-1,)
    if total not in context.records or not losses:
        return "it is not about a total and its losses"
    if len(said) != len(losses) + 1 or len({total, *losses}) != len(statement.ids):
        return "there is not one weight for each loss"
    values = context.tape.values
    for i in (total, *losses):
        if i not in values or np.size(values[i]) != 1:
            return f"{percent(i)} is no scalar"
    if constants := [i for i in losses if i < context.border(statement)]:
        return f"{percent(constants[0])} is a constant there"
    try:
        for forced in _trials(context, losses):
            if reason := _holds(context, statement, forced):
                return reason
    except NotImplementedError as failure:
        return f"not proven: {failure}"
    return None


def _trials(context: Context, losses: list[int]) -> list[dict[int, Any]]:
    """Other values to try: none, of each loss or of groups of them, of all, and of each parameter."""
    values, stride = context.tape.values, max(1, -(-len(losses) // _MOST))
    groups = [losses[k::stride] for k in range(stride)] if stride > 1 else [[i] for i in losses]
    groups += [[i] for i in context.evidence.parameters if np.asarray(values[i]).dtype.kind == "f"]
    groups.append(losses)
    moved = [{i: values[i] + _change(values[i], n) for n, i in enumerate(group)} for group in groups]
    return [{}, *moved]


def _change(value: Any, n: int) -> Any:
    """A change of about the value's size, another one for each position."""
    value = np.asarray(value)
    return ((0.37 + 0.11 * (n % 7)) * (1 + np.abs(value))).astype(value.dtype)


def _holds(context: Context, statement: Statement, forced: Mapping[int, Any]) -> Reason:
    *weights, constant = statement.said
    total, *losses = statement.ids
    values = context.evidence.replay(forced, context.border(statement))
    parts = [float(w) * float(values[i]) for w, i in zip(weights, losses, strict=True)]
    true, made = float(values[total]), sum(parts) + float(constant)
    scale = max(1.0, abs(true), *map(abs, parts))
    dtype = np.asarray(values[total]).dtype
    if agree(made / scale, true / scale, dtype) or abs(made - true) < (1e-9 if dtype.itemsize > 4 else 1e-4) * scale:
        return None
    if not forced:
        return f"the total is {true}, and these make {made}"
    return f"with another value of {', '.join(map(percent, forced))} the total is {true}, and these make {made}"
