"""The lags of a gradient in words: a table, and a verdict on truncation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..engine.tensor import Leaf
from .lags import Lags, measure_lags
from .unroll import Step

_ROWS = 16  # of the table; a longer one leaves out the middle


def report(
    step: Step,
    stream: Iterable[Any],
    state: Any,
    params: Sequence[Leaf],
    steps: int | None = None,
    lags: int | None = None,
) -> Lags:
    """Measure the gradient by lag, print a table with a verdict, and return what was measured.

    Args and errors are those of ``measure_lags``.
    """
    measured = measure_lags(step, stream, state, params, steps, lags)
    print(describe(measured))
    return measured


def describe(lags: Lags) -> str:
    """The table and the verdict of ``report``, as text."""
    return f"{table(lags)}\n\n" + "\n".join(verdict(lags))


def table(lags: Lags) -> str:
    """One line for each k, spaced out where there are many."""
    mask, windows = lags.bias(), lags.bias("window")
    cosine, cosine_windows = lags.cosine(), lags.cosine("window")
    lines = [
        f"The mean loss of {lags.losses} steps out of {lags.steps}; "
        f"bias and cosine against full BPTT, whose gradient has norm {np.linalg.norm(lags.full):.3g}.",
        "",
        "                                   last k steps each      windows of k",
        "    k     ‖g_{k-1}‖      φ_{k-1}     bias   cosine      bias   cosine        bytes",
    ]
    for k in _chosen(len(lags)):
        i = k - 1
        lines.append(
            f"{k:5d}  {lags.norms[i]:12.3e} {lags.phi[i]:12.3e} {mask[i]:8.1%} {cosine[i]:8.3f}  "
            f"{windows[i]:8.1%} {cosine_windows[i]:8.3f} {lags.nbytes[k]:12,}"
        )
    return "\n".join(lines)


def verdict(lags: Lags, bias: float = 0.1) -> list[str]:
    """The conclusions from the lags, one sentence or two a line, the loudest warning first.

    Args:
        lags: what was measured.
        bias: the relative bias that is called small.
    """
    if not np.isfinite(lags.full).all():
        return ["Exploding: the full gradient is not finite; measure a shorter stretch, or smaller weights."]
    if not lags.full.any():
        return ["The full gradient is zero: these parameters learn nothing here, and there is nothing to compare."]
    return [*_wrong_sign(lags), _decay(lags), _enough(lags, bias), _certified(lags, bias), _memory(lags)]


def _wrong_sign(lags: Lags) -> list[str]:
    warnings = []
    for scheme, words in (("lag mask", "each loss sees its last k steps"), ("window", "in windows of k steps")):
        wrong = np.flatnonzero(lags.cosine(scheme) < 0) + 1
        if len(wrong):
            warnings.append(
                f"!!! WRONG SIGN at k = {_ranges(wrong)}, {words}: the truncated gradient points away from the full "
                "one, and descent along it climbs. No learning rate repairs that; take a longer k. !!!"
            )
    return warnings


def _decay(lags: Lags) -> str:
    beta = lags.decay()
    if math.isnan(beta):
        return "Decay: too few lags to tell."
    if beta == 0:
        return "Vanishing: no gradient at all reaches the longer lags."
    if beta > 1.005:
        return f"Exploding: the gradient grows by a factor of {beta:.3f} with each step back; clip it."
    if beta < 0.995:
        half = math.log(0.5) / math.log(beta)
        return f"Vanishing: the gradient shrinks by a factor of {beta:.3f} with each step back, by half in {half:.1f}."
    return f"Neither vanishing nor exploding: a factor of {beta:.3f} with each step back."


def _enough(lags: Lags, bias: float) -> str:
    k, windows = lags.smallest_k(bias), lags.smallest_k(bias, "window")
    if k is None:
        return f"A bias of {bias:.0%} takes more than the {len(lags)} lags that were measured."
    text = f"A bias of {bias:.0%} takes k = {k} if each loss sees its last k steps (k1 = 1, or the lag mask)"
    return text + (f", k = {windows} in windows of k." if windows else "; windows of k need more than was measured.")


def _certified(lags: Lags, bias: float) -> str:
    k = lags.adaptive_k(bias)
    if k is not None:
        return f"Lags beyond those measured included (Aicher, Foti and Fox 2019), k = {k} is certified for {bias:.0%}."
    if lags.decay() >= 1:
        return "No finite k is certified: the gradient does not decay with the lag."
    return f"No k up to {len(lags)} is certified for {bias:.0%} with the lags beyond those measured included."


def _memory(lags: Lags) -> str:
    slope = (lags.nbytes[-1] - lags.nbytes[1]) / max(1, len(lags.nbytes) - 2)
    return f"Memory: {lags.nbytes[1]:,} bytes of residuals for the first step, {slope:,.0f} for each one more."


def _chosen(n: int) -> list[int]:
    """1, 2 … n, or that many of them that a table can show, close together at first."""
    if n <= _ROWS:
        return list(range(1, n + 1))
    return sorted({round(k) for k in np.geomspace(1, n, _ROWS)})


def _ranges(numbers: Any) -> str:
    """``1 to 4, 7`` for 1, 2, 3, 4, 7."""
    groups: list[list[int]] = []
    for number in map(int, numbers):
        if groups and number == groups[-1][-1] + 1:
            groups[-1][1:] = [number]
        else:
            groups.append([number])
    return ", ".join(f"{group[0]} to {group[-1]}" if len(group) > 1 else str(group[0]) for group in groups)
