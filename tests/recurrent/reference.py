"""The gradients of a recurrent program by brute force: PyTorch unrolls the steps that count, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tests.recurrent.operations import Torch
from tests.recurrent.program import Arrays, Program, State


class Unrolled(NamedTuple):
    """Some steps of a program, on PyTorch's graph.

    Attributes:
        versions: the parameters' tensors for each set of values that some of the steps used.
        losses: by step.
        states: the state that entered each step, and the one after the last.
        once: what was computed before the first step.
    """

    versions: list[dict[str, Any]]
    losses: dict[int, Any]
    states: dict[int, State]
    once: dict[str, Any]


class Reference:
    """A program on PyTorch, in float64.

    Args:
        torch: the module.
        program: the program.
    """

    def __init__(self, torch: Any, program: Program) -> None:
        self.torch = torch
        self.ops = Torch(torch)
        self.program = program
        self.start = {
            name: torch.tensor(array, dtype=torch.float64, requires_grad=True)
            for name, array in program.start().items()
        }

    def unroll(
        self, parameters: Sequence[Arrays], last: int, first: int = 1, state: State | None = None, once: Any = None
    ) -> Unrolled:
        """Steps ``first`` to ``last``, each with the values of the parameters at its own time.

        Args:
            parameters: the values by step, those before the first step at 0; the same object where they are the same.
            last: the last step.
            first: the first one.
            state: the state that enters it; by default the initial one, which may be learned.
            once: what was computed before the first step; by default it is computed.
        """
        program = self.program
        tensors: dict[int, dict[str, Any]] = {}

        def leaves(step: int) -> dict[str, Any]:
            arrays = parameters[step]
            if id(arrays) not in tensors:
                made = {name: self.torch.tensor(a, dtype=self.torch.float64) for name, a in arrays.items()}
                tensors[id(arrays)] = {name: leaf.requires_grad_() for name, leaf in made.items()}
            return tensors[id(arrays)]

        once = program.prepare(self.ops, leaves(0)) if once is None else once
        state = program.enter(leaves(1), self.start) if state is None else state
        losses, states = {}, {first: state}
        for step in range(first, last + 1):
            inputs = {
                name: self.ops.array(array, program.inputs[name].kind) for name, array in program.read(step).items()
            }
            loss, state = program.step(self.ops, {**leaves(step), **once}, inputs, state, step)
            states[step + 1] = state
            if loss is not None:
                losses[step] = loss
        return Unrolled(list(tensors.values()), losses, states, once)

    def total(self, unrolled: Unrolled, seeds: dict[int, float]) -> Any:
        """The sum of losses, each times its seed."""
        return sum((unrolled.losses[step] * seed for step, seed in seeds.items()), self.torch.zeros(()))

    def gradients(self, unrolled: Unrolled, seeds: dict[int, float]) -> Arrays:
        """The gradient of that sum by every parameter: the sum over all of its uses."""
        names = list(self.program.leaves)
        leaves = [version[name] for version in unrolled.versions for name in names]
        parts = self.by(self.total(unrolled, seeds), leaves)
        return {name: np.asarray(sum(parts[k :: len(names)])) for k, name in enumerate(names)}

    def by(self, total: Any, sources: Sequence[Any]) -> list[np.ndarray]:
        """The gradient of a scalar by tensors; zeros where it does not depend on one."""
        if not total.requires_grad or not sources:
            return [np.zeros(tuple(source.shape)) for source in sources]
        found = self.torch.autograd.grad(total, sources, retain_graph=True, allow_unused=True, materialize_grads=True)
        return [gradient.numpy() for gradient in found]

    def cut(self, values: Iterable[Any]) -> tuple[Any, ...]:
        """Values without their past, by which it can be asked what the past would have been told; one stays one."""
        values = tuple(values)
        apart = {id(value): value.detach().requires_grad_() for value in values}
        return tuple(apart[id(value)] for value in values)
