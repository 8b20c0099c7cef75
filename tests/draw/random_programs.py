"""Loops at random: a plan is a few choices, and ``run(plan)`` records the same tape each time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from tests.draw.rerun import changed
from tests.draw.tapes import ramp

Source = Any

OPERATIONS = ("tanh", "sigmoid", "affine", "product", "softplus")
BREAKS = ("stop", "wrapped", "halved", "fresh", "zeros", "five")
STARTS = ("zeros", "numbers", "parameter", "five", "none")
LOSSES = (
    "list",
    "total",
    "total from None",
    "total from a leaf",
    "decayed",
    "average",
    "running mean",
    "halved",
    "stacked mean",
    "stacked but the first",
    "doubled",
    "two kinds",
    "last",
    "product",
    "penalty",
)
WALKS = ("once", "seeded", "targets", "two", "gradient", "none")


@dataclass(frozen=True)
class Row:
    """One state: how its next value is computed.

    Attributes:
        operation: of ``OPERATIONS``.
        lags: which of its own past values it takes.
        beside: the number of another row whose newest value it takes, too, or -1.
        parameter: "one" for all steps, or "even and odd".
        start: of ``STARTS``.
        inputs: whether it takes an input at each step; at all steps, at one only, or never.
    """

    operation: str
    lags: tuple[int, ...]
    beside: int
    parameter: str
    start: str
    inputs: str


@dataclass(frozen=True)
class Plan:
    """All choices of one program.

    Attributes:
        steps: the number of steps.
        size: of the states, 0 for scalars.
        marks: whether they stand at the "begin" or the "end" of the step, or there are "none".
        rows: the states.
        breaks: (step, row, kind): where a state enters as a constant.
        attends: whether the first row takes a mean of all its past values.
        outputs: whether each step has an output that no step takes.
        loss: of ``LOSSES``.
        every: a walk and a cut after so many steps; 0 for none.
        keep: the steps that a cut keeps.
        walk: of ``WALKS``, at the end.
        before, after: whether something is recorded before and after the loop.
        names: whether states are named.
        leaves_at: the step in whose middle the loop is left, or 0.
        rebinds: whether the leaves get other values at the end.
    """

    steps: int
    size: int
    marks: str
    rows: tuple[Row, ...]
    breaks: tuple[tuple[int, int, str], ...]
    attends: bool
    outputs: bool
    loss: str
    every: int
    keep: int
    walk: str
    before: bool
    after: bool
    names: bool
    leaves_at: int
    rebinds: bool


@st.composite
def rows(draw: st.DrawFn, count: int) -> Row:
    return Row(
        draw(st.sampled_from(OPERATIONS)),
        draw(st.sampled_from([(1,), (1,), (1,), (2,), (1, 2), (3,), (1, 3)])),
        draw(st.integers(-1, count - 1)),
        draw(st.sampled_from(["one", "one", "even and odd"])),
        draw(st.sampled_from(STARTS)),
        draw(st.sampled_from(["all", "all", "one", "never"])),
    )


@st.composite
def loops(draw: st.DrawFn) -> Plan:
    """Plans of every kind, mixed."""
    steps = draw(st.integers(1, 7))
    count = draw(st.sampled_from([1, 1, 2, 3]))
    breaking = st.tuples(st.integers(1, steps), st.integers(0, count - 1), st.sampled_from(BREAKS))
    return Plan(
        steps,
        draw(st.sampled_from([0, 0, 2])),
        draw(st.sampled_from(["begin", "begin", "end", "none"])),
        tuple(draw(rows(count)) for _ in range(count)),
        tuple(draw(st.lists(breaking, max_size=2))),
        draw(st.sampled_from([False, False, False, True])),
        draw(st.booleans()),
        draw(st.sampled_from(LOSSES)),
        draw(st.sampled_from([0, 0, 1, 2, 3])),
        draw(st.sampled_from([0, 0, 1, 2])),
        draw(st.sampled_from(WALKS)),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from([0, 0, 0, steps])),
        draw(st.booleans()),
    )


def run(plan: Plan, perturb: Mapping[int, float] | None = None) -> mg.Tape:
    """The tape that the plan records; the same ids hold the same values in each run.

    Args:
        plan: the choices.
        perturb: numbers to add to values, by id, at the moment when they are made; see ``changed``.
    """
    if perturb:
        return changed(lambda: run(plan), perturb)  # type: ignore[no-any-return]
    return Run(plan).tape


class Run:
    """A run of a plan, with what its author knows: the tape, the values of each row, the losses, and the total."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tape = mg.Tape(inspect=True)
        self.shape = (plan.size,) if plan.size else ()
        self.past: list[list[Any]] = []
        self.leaves: list[Any] = []
        self.outputs: list[Any] = []
        self.losses: list[Any] = []
        self.total: Any = mg.tensor(0.0, name="L0") if plan.loss == "total from a leaf" else None
        self.window: list[Any] = []
        self.weights = [[self._parameter(0.6 + 0.1 * n + 0.2 * k, f"w{n}{k}") for k in (0, 1)] for n in range(3)]
        with self.tape:
            self._record()
        if plan.rebinds:
            for leaf in self.leaves:
                leaf.value = 0.0 * leaf.value

    # -- parts -------------------------------------------------------------------------------------

    def _parameter(self, value: float, name: str) -> Any:
        leaf = mg.parameter(value + ramp(*self.shape), name=name)
        self.leaves.append(leaf)
        return leaf

    def _value(self, number: float) -> np.ndarray[Any, Any]:
        return number + np.asarray(ramp(*self.shape)) if number else np.zeros(self.shape)

    def _start(self, n: int, row: Row) -> Any:
        if row.start == "none":
            return None
        if row.start == "parameter":
            return self._parameter(0.3, f"s{n}")
        number = {"zeros": 0.0, "numbers": 0.4 + 0.1 * n, "five": 5.0}[row.start]
        leaf = mg.tensor(np.full(self.shape, 5.0) if row.start == "five" else self._value(number))
        self.leaves.append(leaf)
        return leaf

    def _entering(self, t: int, n: int, lag: int) -> Any:
        """What enters step t as the value of row n, ``lag`` steps ago."""
        past = self.past[n]
        value = past[-lag] if len(past) >= lag else past[0]
        for step, row, kind in self.plan.breaks:
            if (step, row) == (t, n) and value is not None:
                if kind == "stop":
                    value = mg.stop_gradient(value)
                elif kind == "wrapped":
                    value = mg.tensor(value.value)
                elif kind == "halved":
                    value = mg.tensor(0.5 * value.value)
                elif kind == "fresh":
                    value = mg.tensor(self._value(0.25))
                elif kind == "zeros":
                    value = mg.tensor(np.zeros(self.shape))
                else:
                    value = mg.tensor(np.full(self.shape, 5.0))
        return value

    def _next(self, t: int, n: int, row: Row) -> Any:
        weight = self.weights[n][t % 2 if row.parameter == "even and odd" else 0]
        terms = [value for lag in row.lags if (value := self._entering(t, n, lag)) is not None]
        a: Any = weight * terms[0] if terms else weight * 1.0
        for term in terms[1:]:
            a = a + 0.3 * term
        if row.inputs == "all" or (row.inputs == "one" and t == self.plan.steps):
            a = a + mg.tensor(self._value(0.1 * t), name="x")
        if 0 <= row.beside != n and self.past[row.beside][-1] is not None:
            a = a + 0.5 * self.past[row.beside][-1]
        if self.plan.attends and n == 0:
            known = [value for value in self.past[0] if value is not None]
            if known:
                a = a + mg.stack(known).mean(axis=0)
        if row.operation == "affine":
            return 0.7 * a + 0.05
        if row.operation == "product":
            return mg.tanh(a) * weight
        return getattr(mg, row.operation)(a)

    def _loss(self, t: int) -> Any:
        value: Any = self.outputs[-1] if self.plan.outputs else self.past[0][-1]
        return mg.square(value - 0.1 * t).sum()

    def _add(self, t: int, loss: Any) -> None:
        """Count the loss of step t in."""
        self.losses.append(loss)
        self.window.append(loss)
        kind, L = self.plan.loss, self.total
        if kind in ("total", "doubled", "penalty"):
            self.total = (0.0 if L is None else L) + loss
        elif kind in ("total from None", "total from a leaf"):
            self.total = loss if L is None else L + loss
        elif kind == "decayed":
            self.total = 0.9 * (0.0 if L is None else L) + loss
        elif kind == "average":
            self.total = 0.9 * (3.0 if L is None else L) + 0.1 * loss
        elif kind == "running mean":
            L = 0.0 if L is None else L
            self.total = L + (loss - L) / t
        elif kind == "halved":
            self.total = ((0.0 if L is None else L) + loss) * 0.5
        elif kind == "product":
            self.total = loss if L is None else L * loss
        elif kind == "two kinds":
            a, b = (0.0, 0.0) if L is None else L
            self.total = a + loss, b + mg.absolute(self.past[0][-1]).sum()

    def _targets(self) -> Any:
        """What is differentiated now, a tensor or a list."""
        kind, L = self.plan.loss, self.total
        if kind == "list":
            return self.window
        if kind == "last":
            return self.window[-1]
        if kind == "stacked mean":
            return mg.stack(self.window).mean()
        if kind == "stacked but the first":
            return mg.stack(self.window[-len(self.window) // 2 :]).mean()
        if kind == "doubled":
            return L + L
        if kind == "penalty":
            return L + 0.1 * mg.square(self.weights[0][0]).sum()
        if kind == "two kinds":
            return L[0] + 0.1 * L[1]
        return L

    # -- the program -------------------------------------------------------------------------------

    def _record(self) -> None:
        plan, tape = self.plan, self.tape
        self.past = [[self._start(n, row)] for n, row in enumerate(plan.rows)]
        if plan.before:
            first = self.past[0][0]
            self.past[0][0] = mg.sigmoid(self.weights[2][1] * (self.weights[2][0] if first is None else first))
        for t in range(1, plan.steps + 1):
            if plan.marks == "begin":
                tape.mark()
            for n, row in enumerate(plan.rows):
                value = self._next(t, n, row)
                self.past[n].append(tape.name(value, f"h{n}_{t}") if plan.names else value)
            if t == plan.leaves_at and t > 1:
                break
            if plan.outputs:
                self.outputs.append(self.past[0][-1] * self.weights[1][0])
            self._add(t, self._loss(t))
            if plan.marks == "end":
                tape.mark()
            if plan.every and t % plan.every == 0:
                self._walk(self._targets(), retain=True)
                tape.cut(keep=plan.keep)
                self.window = []
        self._end()

    def _end(self) -> None:
        plan, tape = self.plan, self.tape
        target = self._targets() if self.window else self.past[-1][-1].sum()
        if plan.after:
            last = self.past[0][-1]
            extra = mg.exp(-mg.square(last)).sum()
            target = [*target, extra] if isinstance(target, list) else target * 2.0 + extra
        if plan.walk == "once":
            self._walk(target)
        elif plan.walk == "seeded":
            self._walk(target, seed=[7.0] * len(target) if isinstance(target, list) else 7.0)
        elif plan.walk == "targets":
            one = target[0] if isinstance(target, list) else target
            self._walk([one, one + mg.square(self.past[0][-1]).sum()])
        elif plan.walk == "two":
            self._walk(target, retain=True)
            self._walk(target[0] if isinstance(target, list) else target)
        elif plan.walk == "gradient":
            state = self.past[0][len(self.past[0]) // 2]
            if state is not None:
                with suppress(mg.errors.UnusedError, mg.errors.CutError):
                    tape.gradient(target, state)

    def _walk(self, target: Any, **options: Any) -> None:
        """Walk back; after a cut what is left may depend on no parameter, which the engine says."""
        with suppress(mg.errors.UnusedError, mg.errors.CutError):
            self.tape.backward(target, **options)
