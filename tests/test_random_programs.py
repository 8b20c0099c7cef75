"""Random programs against PyTorch, and random uses of a tape against a naive engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import minigrad as mg
from minigrad import errors
from tests.numeric import torch_or_skip

# -- expressions -----------------------------------------------------------------------------------

# Smooth everywhere, and bounded, so that forty of them neither overflow nor lose digits.
UNARY = {
    "tanh": lambda ops, x: ops.tanh(x),
    "sigmoid": lambda ops, x: ops.sigmoid(x),
    "gauss": lambda ops, x: ops.exp(-x * x),
    "log": lambda ops, x: ops.log(x * x + 1.5),
    "sqrt": lambda ops, x: ops.sqrt(x * x + 0.5),
    "power": lambda ops, x: (x * x + 1.0) ** -0.5,
    "turn": lambda ops, x: x.T.reshape(9)[:, None].reshape(3, 3) * 0.5,
    "rows": lambda ops, x: x.sum(0) * 0.3 - x,
    "column": lambda ops, x: x[:, :1] * 0.5 + x[1],
}
BINARY = {
    "add": lambda ops, x, y: 0.5 * (x + y),
    "subtract": lambda ops, x, y: x - 0.5 * y,
    "multiply": lambda ops, x, y: ops.tanh(x) * y,
    "divide": lambda ops, x, y: x / (y * y + 2.0),
    "matmul": lambda ops, x, y: (ops.tanh(x) @ ops.tanh(y)) * 0.5,
    "outer": lambda ops, x, y: x.sum(1).reshape(3, 1) * 0.2 + y[0],
}


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    """Operations with the positions of their operands among all values so far, so parts are shared."""
    program = []
    for k in range(draw(st.integers(5, 40))):
        name = draw(st.sampled_from([*UNARY, *BINARY]))
        program.append((name, draw(st.integers(0, k + 1)), draw(st.integers(max(0, k - 2), k + 1))))
    return program


def run(ops: Any, program: list[tuple[str, int, int]], x: Any, y: Any) -> Any:
    values = [x, y]
    for name, i, j in program:
        values.append(UNARY[name](ops, values[j]) if name in UNARY else BINARY[name](ops, values[i], values[j]))
    return (values[-1] * values[-1]).sum() + values[len(values) // 2].sum()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.integers(0, 1000))
def test_a_random_program_agrees_with_torch(program, seed):
    torch = torch_or_skip()
    rng = np.random.default_rng(seed)
    x, y, dx, dy = (rng.standard_normal((3, 3)) for _ in range(4))
    theirs = torch.tensor(x, requires_grad=True), torch.tensor(y, requires_grad=True)
    result = run(torch, program, *theirs)
    gradients = torch.autograd.grad(result, theirs, create_graph=True, materialize_grads=True)
    along = sum((g * torch.tensor(d)).sum() for g, d in zip(gradients, (dx, dy), strict=True))
    products = torch.autograd.grad(along, theirs, materialize_grads=True) if along.requires_grad else [0 * x, 0 * y]
    f = lambda x, y: run(mg, program, x, y)
    value, ours = mg.value_and_grad(f, (0, 1))(x, y)
    np.testing.assert_allclose(value.value, result.item(), rtol=1e-10)
    close(ours, gradients)
    close(mg.hvp(f, (x, y), (dx, dy)), products)
    tangent = mg.jvp(f, (x, y), (dx, dy))[1]
    np.testing.assert_allclose(tangent.item(), along.item(), rtol=1e-8, atol=1e-10)
    thrice = mg.grad(mg.checkpoint(f), (0, 1))(x, y)
    close(thrice, gradients)


def close(ours: Any, theirs: Any) -> None:
    for a, b in zip(ours, theirs, strict=True):
        b = b.detach().numpy() if hasattr(b, "detach") else b
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-8, atol=1e-10 * max(1.0, np.abs(b).max()))


# -- a tape against a naive engine -----------------------------------------------------------------


class Node:
    """A number, and the nodes that it was computed from with the derivatives by them."""

    def __init__(self, value: float, *parents: tuple[Node, float], step: int = 0, leaf: bool = False) -> None:
        self.value, self.parents, self.step, self.leaf = value, parents, step, leaf
        self.walked = self.gone = False

    def depends(self) -> bool:
        """Whether a parameter is reached from here."""
        return self.leaf or (not self.gone and any(parent.depends() for parent, _ in self.parents))


def naive_gradients(target: Node, nodes: list[Node]) -> dict[Node, float]:
    """The gradient at every node; what was cut away is a constant, and the gradient at it is known."""
    gradients = {target: 1.0}
    for node in reversed(nodes):
        if node in gradients and not node.gone:
            for parent, slope in node.parents:
                gradients[parent] = gradients.get(parent, 0.0) + gradients[node] * slope
    return gradients


class TapeAgainstNaive(RuleBasedStateMachine):
    """Operations, marks, cuts and walks in any order."""

    @initialize(values=st.lists(st.floats(-1, 1), min_size=2, max_size=3))
    def begin(self, values: list[float]) -> None:
        self.tape = mg.Tape()
        self.parameters = [mg.parameter(v) for v in values]
        self.leaves = [Node(v, leaf=True) for v in values]
        self.grads = [0.0 for _ in values]
        self.pairs: list[tuple[Any, Node]] = list(zip(self.parameters, self.leaves, strict=True))
        self.step = 0

    @rule(name=st.sampled_from(["add", "multiply", "tanh", "subtract"]), i=st.integers(0, 99), j=st.integers(0, 4))
    def operate(self, name: str, i: int, j: int) -> None:
        (x, a), (y, b) = self.pairs[i % len(self.pairs)], self.pairs[-1 - j % len(self.pairs)]
        with self.tape:
            result = mg.tanh(x) if name == "tanh" else getattr(mg, name)(x, y)
        parents = {
            "add": [(a, 1.0), (b, 1.0)],
            "subtract": [(a, 1.0), (b, -1.0)],
            "multiply": [(a, b.value), (b, a.value)],
            "tanh": [(a, 1 - np.tanh(a.value) ** 2)],
        }[name]
        self.pairs.append((result, Node(result.item(), *parents, step=self.step)))

    @rule()
    def mark(self) -> None:
        self.step += 1
        assert self.tape.mark() == self.step

    @precondition(lambda self: self.step > 0)
    @rule(keep=st.integers(0, 3))
    def cut(self, keep: int) -> None:
        self.tape.cut(keep)
        for _, node in self.pairs:
            node.gone |= not node.leaf and (keep == 0 or node.step <= self.step - keep)

    @rule(k=st.integers(0, 6), retain=st.booleans())
    def backward(self, k: int, retain: bool) -> None:
        tensor, node = self.pairs[-1 - k % len(self.pairs)]
        if node.leaf:
            return
        if node.gone:
            with pytest.raises(errors.CutError):
                self.tape.backward(tensor)
            return
        gradients = self.naive(node)
        live = [n for n in gradients if not n.leaf and n.depends()]
        if not live:
            with pytest.raises(errors.UnusedError):
                self.tape.backward(tensor, retain=retain)
        elif any(n.walked for n in live):
            with pytest.raises(errors.ConsumedError):
                self.tape.backward(tensor, retain=True)
        else:
            self.tape.backward(tensor, retain=retain)
            self.grads = [g + gradients.get(leaf, 0.0) for g, leaf in zip(self.grads, self.leaves, strict=True)]
            for n in live:
                n.walked |= not retain

    @rule(k=st.integers(0, 6), j=st.integers(0, 9))
    def gradient(self, k: int, j: int) -> None:
        """At any value, without touching ``.grad``; at the border it is what truncation throws away."""
        (target, node), (source, at) = self.pairs[-1 - k % len(self.pairs)], self.pairs[j % len(self.pairs)]
        if node.leaf or node.gone or any(n.walked for _, n in self.pairs):
            return
        expected = self.naive(node).get(at, 0.0)
        got = self.tape.gradient(target, source, unused="zero", retain=True).item()
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-12)

    def naive(self, target: Node) -> dict[Node, float]:
        return naive_gradients(target, [node for _, node in self.pairs])

    @invariant()
    def gradients_agree(self) -> None:
        if not hasattr(self, "tape"):
            return
        for parameter, expected in zip(self.parameters, self.grads, strict=True):
            got = 0.0 if parameter.grad is None else float(parameter.grad)
            assert got == pytest.approx(expected, rel=1e-9, abs=1e-12)


TapeAgainstNaive.TestCase.settings = settings(max_examples=50, stateful_step_count=20, deadline=None, derandomize=True)
test_a_tape_agrees_with_a_naive_engine = TapeAgainstNaive.TestCase
