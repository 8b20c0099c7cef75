"""Programs whose names, numbers, bytes or colours a picture got wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

import minigrad as mg
from tests.draw.forty.common import STEPS, Register, Source, inputs, ramp, recurrence, start, weight, zeros

WORDS = Register()


@WORDS.add("input at step 8 only")
def input_at_step_8_only() -> Source:
    """x @ U is computed and added at step 8, and at no other."""
    W, U, h = mg.parameter(ramp(2, 2), name="W"), mg.parameter(ramp(2, 2), name="U"), mg.tensor(ramp(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 9):
            tape.mark()
            h = h @ W
            if t == 8:
                h = h + inputs(t, 1, 2) @ U
            h = mg.tanh(h)
        tape.backward(h.sum())
    return tape


@WORDS.add("constants of other dtypes")
def constants_of_other_dtypes() -> Source:
    """A float32 state times int8, float64 and bool arrays: each residual takes the bytes of its own dtype."""
    w = mg.parameter(np.full(10, 0.5, "float32"), name="w")
    h: Any = mg.tensor(np.ones(10, "float32"), name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = h * np.arange(10, dtype="int8")
            h = h * w
            h = mg.where(np.arange(10) % 2 == 0, h, 0.5 * h)
        mg.sum(h * np.ones(10))
    return tape


@WORDS.add("twelve parameters")
def twelve_parameters() -> Source:
    """Twelve parameters: no two of them have the same colour, or no colour says which they are."""
    parameters, h = [weight(0.1 * i, f"p{i}") for i in range(1, 13)], start()
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            for p in parameters:
                h = h + p
            h = mg.tanh(h)
        tape.backward(h)
    return tape


@WORDS.add("names with equal signs")
def names_with_equal_signs() -> Source:
    """Two parameters called "a = b" and "a = c": two names, told apart."""
    b, c, h = weight(0.5, "a = b"), weight(0.25, "a = c"), start()
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = mg.tanh(b * h + c)
        tape.backward(h)
    return tape


class _Listed(mg.nn.Module):
    """A module whose parameters lie in a list."""

    def __init__(self) -> None:
        self.w = [mg.parameter(0.5), mg.parameter(0.25)]

    def __call__(self, h: Any) -> Any:
        return mg.tanh(self.w[0] * h + self.w[1])


@WORDS.add("parameters in a list")
def parameters_in_a_list() -> Source:
    """The parameters are w.0 and w.1, not the numbers 0 and 1."""
    net, h = _Listed(), start()
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = net(h)
        tape.backward(h)
    return tape


@WORDS.add("array in concatenate")
def array_in_concatenate() -> Source:
    """Each step joins the state with an array, a constant operand: ones, not something called concatenate."""
    W, h = mg.parameter(ramp(3, 2), name="W"), mg.tensor(ramp(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = mg.tanh(mg.concatenate([h, np.ones((1, 1))], axis=1) @ W)
        tape.backward(h.sum())
    return tape


@WORDS.add("title like a heading")
def title_like_a_heading() -> Source:
    """Drawn with the title "memory that a cut freed": the title and the panel's heading are both there."""
    W, h = mg.parameter(ramp(2, 2), name="W"), mg.tensor(ramp(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(h @ W)
            if t == 3:
                tape.cut()
    return tape


@WORDS.add("micrograd")
def micrograd() -> Source:
    """The example of micrograd's README: g = 24.7041, dg/da = 138.8338, dg/db = 645.5773; constants have numbers."""
    a, b = weight(-4.0, "a"), weight(2.0, "b")
    with mg.Tape(inspect=True) as tape:
        c = a + b
        d = a * b + b**3
        c = c + (c + 1)
        c = c + (1 + c + (-a))
        d = d + (d * 2 + mg.relu(b + a))
        d = d + (3 * d + mg.relu(b - a))
        e = c - d
        f = e**2
        g = f / 2.0
        g = g + 10.0 / f
        tape.backward(tape.name(g, "g"))
    return tape


@WORDS.add("graph without a loop")
def graph_without_a_loop() -> Source:
    """A network of two layers and some more: nothing recurs, and there is no step."""
    W, V = mg.parameter(ramp(2, 4), name="W"), mg.parameter(ramp(4, 3), name="V")
    with mg.Tape(inspect=True) as tape:
        hidden = mg.relu(mg.tensor(ramp(5, 2), name="x") @ W)
        gate = mg.sigmoid(hidden @ V)
        out = (hidden @ V) * gate
        tape.backward(mg.nn.cross_entropy(out, np.array([0, 1, 2, 0, 1])) + 0.1 * mg.square(V).sum())
    return tape


@WORDS.add("sixty operations at random")
def sixty_operations_at_random() -> Source:
    """Sixty operations on anything computed before: a graph without a loop."""
    operations = (
        lambda x, y: mg.tanh(x),
        lambda x, y: mg.sigmoid(x),
        lambda x, y: x * y,
        lambda x, y: 0.5 * (x + y),
        lambda x, y: x - y,
    )
    rng = np.random.default_rng(7)
    values: list[Any] = [weight(0.5, "a"), weight(0.3, "b"), start(0.7, "x")]
    with mg.Tape(inspect=True) as tape:
        for _ in range(60):
            first, second = (values[int(rng.integers(len(values)))] for _ in range(2))
            values.append(operations[int(rng.integers(5))](first, second))
        tape.backward(sum(values[4:], values[3]))
    return tape


@WORDS.add("same name everywhere")
def same_name_everywhere() -> Source:
    """Parameter, state and input are three tensors, all called h."""
    w, h = weight(0.5, "h"), start(1.0, "h")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 4):
            tape.mark()
            h = mg.tanh(w * h + mg.tensor(0.1 * t, name="h"))
        tape.backward(h)
    return tape


@WORDS.add("one step")
def one_step() -> Source:
    """A loop of one step: nothing is carried."""
    return recurrence(steps=1)


@WORDS.add("nothing")
def nothing() -> Source:
    """A tape without records."""
    tape = mg.Tape(inspect=True)
    tape.mark()
    return tape


@WORDS.add("mask")
def mask() -> Source:
    """At step 3 the first of two rows begins anew, by a mask: its gradient stops there, the other row's passes."""
    W, h, fresh = mg.parameter(ramp(2, 2), name="W"), mg.tensor(ramp(2, 2), name="h0"), zeros(2, 2)
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 5):
            tape.mark()
            h = mg.bptt.reset(h, np.array([t == 3, False]), fresh)
            h = mg.tanh(h @ W)
        tape.backward(h.sum())
    return tape
