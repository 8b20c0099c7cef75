"""The gradient by lag: one sweep gives the truncated gradient for every k at once.

``g_j`` is the part of the gradient that goes through the use of the parameters ``j`` steps before the loss. Every step
is recorded by itself, from its entering state as a leaf. Then one walk over all steps together takes the cotangents of
their results to their parameters (that is ``g_j``) and to their entering states, which are the results of the
steps before: ``G_{j+1}[t-1] = VJP_t(G_j[t])``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np

from ..checks import check_sizes
from ..engine.backend import to_host
from ..engine.tape import Tape
from ..engine.tensor import Leaf
from ..errors import ArgumentError
from ..transforms.parameters import parameter_list
from ..transforms.trees import tree_leaves
from .state import initial, is_float
from .unroll import Step, Unroll

NDArray = np.ndarray[Any, Any]


class Lags:
    """The gradient of the mean loss over a stretch of a stream, by lag. n lags were measured.

    Attributes:
        g: (n, parameters) float64; row j is ``g_j``, all parameters in one vector.
        phi: (n,) ``φ_j``, the mean over the losses of ``‖∂ℓ_s/∂h_{s−j}‖``; a loss nearer than j steps to the
            beginning is left out.
        full: (parameters,) the full gradient, which is the sum of ``g`` if every lag was measured.
        nbytes: (n + 1,) bytes of residuals that a tape of 0, 1, 2 … steps keeps.
        steps: the length of the stretch.
        losses: how many of its steps had a loss.
    """

    def __init__(
        self,
        g: NDArray,
        phi: NDArray,
        full: NDArray,
        nbytes: NDArray,
        steps: int,
        losses: int,
    ) -> None:
        self.g = g
        self.phi = phi
        self.full = full
        self.nbytes = nbytes
        self.steps = steps
        self.losses = losses

    def __repr__(self) -> str:
        return f"Lags(steps={self.steps!r}, losses={self.losses!r})"

    def __len__(self) -> int:
        return len(self.g)

    @property
    def norms(self) -> NDArray:
        """(n,) ``‖g_j‖``."""
        return np.asarray(np.linalg.norm(self.g, axis=1))

    def kernel(self, k1: int, k2: int | None = None, scheme: str = "window") -> NDArray:
        """(n,) the weights ``w(j)`` of a scheme, see ``kernel``."""
        return kernel(len(self), k1, k2, scheme)

    def truncated(self, k1: int, k2: int | None = None, scheme: str = "window") -> NDArray:
        """(parameters,) the gradient of a scheme, averaged over the offsets of its windows."""
        return np.asarray(self.kernel(k1, k2, scheme) @ self.g)

    def by_k(self, scheme: str = "lag mask") -> NDArray:
        """(n, parameters) the truncated gradient for k = 1, 2 … n, with the lag mask or in windows of k."""
        cumulative = np.cumsum(self.g, axis=0)
        if scheme == "lag mask":
            return cumulative
        if scheme != "window":
            raise ArgumentError(f"scheme={scheme!r}: use 'window' or 'lag mask'")
        # Σ_{j<k} (1 − j/k) g_j is the mean of the first k partial sums.
        return np.cumsum(cumulative, axis=0) / np.arange(1, len(self) + 1)[:, None]

    def bias(self, scheme: str = "lag mask") -> NDArray:
        """(n,) the relative bias ``‖ĝ_k − g‖ / ‖g‖`` for k = 1, 2 … n; not finite if the full gradient is 0."""
        distances = np.linalg.norm(self.by_k(scheme) - self.full, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(distances / np.linalg.norm(self.full))

    def cosine(self, scheme: str = "lag mask") -> NDArray:
        """(n,) the cosine of the truncated and the full gradient for k = 1, 2 … n; NaN for a zero gradient."""
        truncated = self.by_k(scheme)
        lengths = np.linalg.norm(truncated, axis=1) * np.linalg.norm(self.full)
        with np.errstate(invalid="ignore"):
            return np.asarray(truncated @ self.full / lengths)

    def smallest_k(self, bias: float = 0.1, scheme: str = "lag mask") -> int | None:
        """The smallest k from which on the relative bias stays below ``bias``; ``None`` if none does."""
        above = np.flatnonzero(~(self.bias(scheme) <= bias))
        k = 1 if not len(above) else int(above[-1]) + 2
        return k if k <= len(self) else None

    def decay(self, tau: int | None = None) -> float:
        """``β``: by how much ``φ`` is multiplied each step beyond ``τ``, fitted by least squares to ``log φ``.

        Args:
            tau: the first lag of the fit; by default a third of the measured lags. Zeros are left out.

        Returns:
            Below 1 gradients vanish, above 1 they explode; NaN with fewer than two points, and 0 where all
            that follows is zero.
        """
        lags = np.arange(self._tau(tau), len(self))
        phi = self.phi[lags]
        positive = phi > 0
        if not positive.any():
            return 0.0
        if positive.sum() < 2:
            return math.nan
        slope, _ = np.polyfit(lags[positive], np.log(phi[positive]), 1)
        return float(np.exp(slope))

    def bound(self, tau: int | None = None) -> NDArray:
        """(n,) a bound on the relative bias for k = 1, 2 … n that includes lags not measured.

        Aicher, Foti and Fox (2019): ``E / (‖ĝ_k‖ − E)``, where ``E(k)`` is the sum of ``φ_j`` from k to ``τ`` and of
        the geometric tail ``φ_τ β^(j−τ)`` behind, times the largest ``‖g_j‖ / φ_j`` that was measured, in place
        of their unknown constant. The tail is a fit, so where the measured ``φ_j`` from k on add up to more, they
        count. Infinite where nothing is certified, everywhere if ``β ≥ 1``.
        """
        n, tau = len(self), self._tau(tau)
        beta = self.decay(tau)
        if not beta < 1 or n < 2:
            return np.full(n, np.inf)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = self.norms[1:] / self.phi[1:]
        constant = float(np.max(ratios[np.isfinite(ratios)], initial=0.0))
        k = np.arange(1, n + 1)
        near = np.array([self.phi[each:tau].sum() for each in k])
        tail = self.phi[tau] * beta ** np.maximum(k - tau, 0) / (1 - beta)
        measured = np.array([self.phi[each:].sum() for each in k])
        error = constant * np.maximum(near + tail, measured)
        length = np.linalg.norm(self.by_k(), axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(error < length, error / (length - error), np.inf)

    def adaptive_k(self, delta: float = 0.1, tau: int | None = None) -> int | None:
        """The smallest k whose bias is certified to be at most ``delta``; ``None`` if no k is."""
        certified = np.flatnonzero(self.bound(tau) <= delta)
        return int(certified[0]) + 1 if len(certified) else None

    def _tau(self, tau: int | None) -> int:
        tau = len(self) // 3 if tau is None else tau
        if not 0 <= tau < len(self):
            raise ArgumentError(f"tau={tau} is outside the {len(self)} lags that were measured")
        return tau


def kernel(lags: int, k1: int | None, k2: int | None = None, scheme: str = "window") -> NDArray:
    """How much a scheme counts each lag, averaged over the offsets of its windows: (lags,) weights ``w(j)``.

    1 for full BPTT (``k1=None``), ``max(0, 1 − j/k)`` for windows of k, ``clip((k2 − j)/k1, 0, 1)`` for (k1, k2),
    and 1 for ``j < k2``, else 0, for the lag mask.

    Raises:
        TypeError, ValueError: a number is no integer, or too small, or the scheme is unknown.
    """
    check_sizes("kernel", least=0, lags=lags)
    if scheme not in ("window", "lag mask"):
        raise ArgumentError(f"kernel: scheme={scheme!r}: use 'window' or 'lag mask'")
    if k1 is None:
        if k2 is not None:
            raise ArgumentError(f"kernel: k2={k2!r} needs a k1; k1=None is full BPTT, which has no k2")
        return np.ones(lags)
    k2 = k1 if k2 is None else k2
    check_sizes("kernel", k1=k1, k2=k2)
    j = np.arange(lags)
    if scheme == "lag mask":
        return (j < k2).astype(float)
    if k2 < k1:
        raise ArgumentError(f"kernel: k2={k2} must be at least k1={k1}")
    return np.clip((k2 - j) / k1, 0.0, 1.0)


def measure_lags(
    step: Step,
    stream: Iterable[Any],
    state: Any,
    params: Sequence[Leaf],
    steps: int | None = None,
    lags: int | None = None,
) -> Lags:
    """Measure the gradient by lag over the next steps of a stream. Parameters and ``.grad`` stay as they are.

    It takes one walk over all steps for every lag, and ``lags`` gradients' worth of memory.

    Args:
        step: ``step(inputs, state) -> (loss, state)``, as for ``truncated_bptt``.
        stream: inputs; the first ``steps`` are read.
        state: the state to begin from.
        params: the parameters to look at.
        steps: the length of the stretch; all of the stream by default.
        lags: how many lags to look at; all of them, as many as steps, by default.

    Raises:
        ValueError: the stream is empty or has no loss; ``steps`` or ``lags`` is below 1; or there are no parameters,
            or one is there twice.
        TypeError: ``params`` is no list of parameters, or ``steps`` or ``lags`` no integer.
    """
    params = parameter_list("measure_lags", params)
    check_sizes("measure_lags", **{name: n for name, n in (("steps", steps), ("lags", lags)) if n is not None})
    stretch = _Stretch(step, islice(stream, steps), state)
    count = len(stretch.losses)
    if not stretch.ends:
        raise ArgumentError("measure_lags: the stream is empty")
    if not count:
        raise ArgumentError(f"measure_lags: none of the {len(stretch.ends)} steps had a loss")
    n = min(lags or len(stretch.ends), len(stretch.ends))
    g, phi = np.zeros((n, sum(leaf.size for leaf in params))), np.zeros(n)
    full = stretch.full_gradient(params, 1.0 / count)
    phi[0] = stretch.own_norm()
    cotangents: list[list[Any]] = []
    for j in range(n):
        g[j], cotangents = stretch.sweep(params, cotangents if j else None, 1.0 / count)
        if j + 1 < n:
            phi[j + 1] = stretch.mean_norm(cotangents, j + 1) * count
        if not any(each is not None for at_step in cotangents for each in at_step):
            break
    return Lags(g, phi, full, stretch.nbytes[: n + 1], len(stretch.ends), count)


class _Stretch:
    """Steps recorded each by itself: its entering state is a leaf, its result is handed on as a value."""

    def __init__(self, step: Step, stream: Iterable[Any], state: Any) -> None:
        self.tape = Tape()
        self.starts: list[list[Any]] = []
        self.ends: list[list[Any]] = []
        self.whole = Tape()  # the same steps in one piece: full BPTT, and the bytes that it keeps
        state = initial(state)
        self.initial = tree_leaves(state)
        apart, linked = Unroll(step, state), Unroll(step, state)
        sizes = [0]
        for inputs in stream:
            with self.whole:
                linked.advance(self.whole, inputs)
            sizes.append(self.whole.nbytes)
            with self.tape:
                entering = apart.advance_apart(self.tape, inputs)
            self.starts.append(tree_leaves(entering))
            self.ends.append(tree_leaves(apart.state))
        self.losses = apart.losses  # by step, from 1
        self.whole_losses = list(linked.losses.values())
        self.nbytes = np.array(sizes)

    def sweep(self, params: list[Leaf], cotangents: list[list[Any]] | None, scale: float) -> tuple[Any, list[Any]]:
        """Take cotangents of the steps' results, or of the losses at first, to parameters and entering states.

        Returns:
            The gradient by the parameters in one vector, and the cotangents of the results one step earlier.
        """
        if cotangents is None:
            targets: list[Any] = list(self.losses.values())
            seeds: list[Any] = [scale] * len(targets)
        else:
            pairs = [
                (end, g)
                for ends, gs in zip(self.ends, cotangents, strict=False)
                for end, g in zip(ends, gs, strict=True)
                if g is not None and self.tape.holds(end)  # else a constant
            ]
            targets, seeds = [end for end, _ in pairs], [g for _, g in pairs]
        floats = [[s for s in starts if is_float(s)] for starts in self.starts]
        sources = [*params, *(s for starts in floats for s in starts)]
        found = self.tape.gradient(targets, sources, seeds, retain=True, unused="none")
        rest = iter(found[len(params) :])
        earlier = [[next(rest) if is_float(s) else None for s in starts] for starts in self.starts]
        total = _flat(params, found[: len(params)])
        for start, g in zip(self.initial, earlier[0], strict=True):  # learned initial states, used in the first step
            total += _flat(params, [g if start is p else None for p in params])
        return total, earlier[1:]

    def full_gradient(self, params: list[Leaf], scale: float) -> NDArray:
        """The gradient by the parameters of full BPTT, in one vector."""
        seeds = [scale] * len(self.whole_losses)
        found = self.whole.gradient(self.whole_losses, params, seeds, unused="zero")
        return _flat(params, found)

    def own_norm(self) -> float:
        """``φ_0``: the mean over the losses of the gradient's norm at the state of its own step."""
        total = 0.0
        for number, loss in self.losses.items():
            ends = [end for end in self.ends[number - 1] if is_float(end)]
            total += _norm(self.tape.gradient(loss, ends, retain=True, unused="none"))
        return total / len(self.losses)

    def mean_norm(self, cotangents: list[list[Any]], lag: int) -> float:
        """The mean of the cotangents' norms over the losses that are at least ``lag`` steps into the stretch."""
        count = sum(number > lag for number in self.losses)
        return sum(_norm(each) for each in cotangents) / count if count else 0.0


def _flat(params: list[Leaf], gradients: list[Any]) -> NDArray:
    """Gradients, ``None`` for zero, as one float64 vector."""
    pairs = zip(params, gradients, strict=True)
    return np.concatenate(
        [np.zeros(p.size) if g is None else to_host(g._value).ravel().astype(float) for p, g in pairs]
    )


def _norm(parts: list[Any]) -> float:
    squares = (float((to_host(part._value).astype(float) ** 2).sum()) for part in parts if part is not None)
    return math.sqrt(sum(squares))
