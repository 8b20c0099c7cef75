"""A recurrent program as plain data: printed as pseudo code, and run by minigrad or by PyTorch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tests.recurrent.limits import Limits
from tests.recurrent.operations import OPERATIONS

Shape = tuple[int, ...]
Values = dict[str, Any]
Arrays = dict[str, np.ndarray]
State = tuple[Any, ...]

DTYPES = {"real": "float64", "single": "float32", "bool": "bool", "mask": "bool", "index": "int64"}


class Line(NamedTuple):
    """``result = operation(operands, settings)``."""

    result: str
    operation: str
    operands: tuple[str, ...]
    settings: dict[str, Any]

    def run(self, ops: Any, values: Values) -> None:
        operands = [values[name] for name in self.operands]
        values[self.result] = OPERATIONS[self.operation](ops, *operands, **self.settings)

    def __str__(self) -> str:
        return f"{self.result} = {self.operation.format(*self.operands, **self.settings)}"


class Input(NamedTuple):
    """What is read anew at every step.

    Attributes:
        shape: of the array.
        kind: ``"real"``, ``"single"``, ``"bool"`` or an integer dtype for what meets weights, ``"mask"`` for a
            condition, ``"index"`` for integers in [0, below).
        below: the end of the range of an index.
    """

    shape: Shape
    kind: str
    below: int = 0

    def value(self, rng: np.random.Generator) -> np.ndarray:
        if self.kind in ("real", "single"):
            return rng.standard_normal(self.shape).astype(DTYPES[self.kind])
        low, high = (0, self.below or 2) if self.kind in ("index", "mask", "bool") else (0, 4)
        return np.asarray(rng.integers(low, high, self.shape), DTYPES.get(self.kind, self.kind))


class Head(NamedTuple):
    """A loss at some steps: the result of the last line."""

    steps: frozenset[int]
    lines: tuple[Line, ...]


class Program(NamedTuple):
    """A recurrent program.

    Attributes:
        steps: how many there are, numbered from 1.
        leaves: the parameters' shapes: weights, biases, tables, and the ``_start`` of states that are learned.
        inputs: what is read at every step.
        states: the carried values' shapes.
        before: what is computed once, before the first step.
        lines: one step.
        carried: the values that the states become.
        heads: the losses.
        limits: of minigrad, while the program runs.
        seed: of the values.
        singles: the leaves, states and inputs that are float32 instead of float64.
    """

    steps: int
    leaves: dict[str, Shape]
    inputs: dict[str, Input]
    states: dict[str, Shape]
    before: tuple[Line, ...]
    lines: tuple[Line, ...]
    carried: tuple[str, ...]
    heads: tuple[Head, ...]
    limits: Limits = Limits()
    seed: int = 0
    singles: frozenset[str] = frozenset()

    def inlined(self) -> Program:
        """The program that computes at every step what this one computes before the first."""
        return self._replace(before=(), lines=self.before + self.lines)

    # -- values ------------------------------------------------------------------------------------

    def parameters(self) -> Arrays:
        return self._drawn(self.leaves, 0, 0.7)

    def start(self) -> Arrays:
        """The initial values of the states that are not learned."""
        return self._drawn({name: shape for name, shape in self.states.items() if not self.learned(name)}, 1, 1.0)

    def read(self, step: int) -> Arrays:
        """The inputs of a step."""
        rng = np.random.default_rng([self.seed, 2, step])
        return {name: self._rounded(name, each.value(rng)) for name, each in self.inputs.items()}

    def _drawn(self, shapes: dict[str, Shape], stream: int, scale: float) -> Arrays:
        rng = np.random.default_rng([self.seed, stream])
        return {name: self._rounded(name, scale * rng.standard_normal(shape)) for name, shape in shapes.items()}

    def _rounded(self, name: str, array: Any) -> np.ndarray:
        single = name in self.singles and array.dtype == "float64"
        return np.asarray(array, "float32" if single else None)

    def learned(self, state: str) -> bool:
        return f"{state}_start" in self.leaves

    # -- running -----------------------------------------------------------------------------------

    def prepare(self, ops: Any, leaves: Values) -> Values:
        """What is computed before the first step."""
        values = dict(leaves)
        for line in self.before:
            line.run(ops, values)
        return {line.result: values[line.result] for line in self.before}

    def enter(self, leaves: Values, start: Values) -> State:
        """The state before the first step."""
        return tuple(leaves[f"{name}_start"] if self.learned(name) else start[name] for name in self.states)

    def step(self, ops: Any, values: Values, inputs: Values, state: State, number: int) -> tuple[Any, State]:
        """One step: its loss, ``None`` without one, and the new state.

        Args:
            ops: ``minigrad`` or ``Torch``.
            values: the leaves, and what was prepared.
            inputs: of this step.
            state: the carried values.
            number: the step's, from 1.
        """
        values = {**values, **inputs, **dict(zip(self.states, state, strict=True))}
        for line in self.lines:
            line.run(ops, values)
        loss = None
        for head in self.heads:
            if number in head.steps:
                for line in head.lines:
                    line.run(ops, values)
                found = values[head.lines[-1].result]
                loss = found if loss is None else loss + found
        return loss, tuple(values[name] for name in self.carried)

    # -- printing ----------------------------------------------------------------------------------

    def __repr__(self) -> str:
        inputs = (f"{name} {i.shape} {i.kind}{f' below {i.below}' * (i.below > 0)}" for name, i in self.inputs.items())
        text = [
            f"{self.steps} steps, seed {self.seed}, {self.limits}",
            *(f"float32    {name}" for name in sorted(self.singles)),
            "parameters " + ", ".join(f"{name} {shape}" for name, shape in self.leaves.items()),
            "states     " + ", ".join(f"{name} {shape}" for name, shape in self.states.items()),
            "inputs     " + ", ".join(inputs),
            *(f"before     {line}" for line in self.before),
            *(f"step       {line}" for line in self.lines),
            f"step       {', '.join(self.states)} = {', '.join(self.carried)}",
        ]
        for head in self.heads:
            text += [f"loss       {line}" for line in head.lines]
            text.append(f"           at steps {', '.join(map(str, sorted(head.steps)))}")
        return "\n    ".join(["", *text, ""])
