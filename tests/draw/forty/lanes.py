"""Programs whose gradient does not flow where the state does, or flows otherwise than from neighbour to neighbour."""

from __future__ import annotations

from typing import Any

import minigrad as mg
from tests.draw.forty.common import STEPS, Register, Source, inputs, ramp, recurrence, start, weight, zeros

LANES = Register()


@LANES.add("plain")
def plain() -> Source:
    """The state of each step is carried to the next, lag 1, and the gradient goes from step 6 back to h0."""
    return recurrence()


@LANES.add("stop gradient")
def stop_gradient() -> Source:
    """At step 3 the state enters as a constant of the same value: gradient at steps 6 to 3, none at 2, 1 and h0."""
    return recurrence(lambda t, h: mg.stop_gradient(h) if t == 3 else h)


@LANES.add("wrapped again")
def wrapped_again() -> Source:
    """At step 3 the state enters as mg.tensor(h.value): the value passes, the gradient stops, as with stop_gradient."""
    return recurrence(lambda t, h: mg.tensor(h.value) if t == 3 else h)


@LANES.add("fresh state")
def fresh_state() -> Source:
    """At step 3 the recurrence begins anew from 0.25: neither the value nor the gradient of step 2 passes."""
    return recurrence(lambda t, h: mg.tensor(0.25) if t == 3 else h)


@LANES.add("lag of two")
def lag_of_two() -> Source:
    """h_t is made of h_{t-2}: two interleaved chains. The gradient goes 6, 4, 2; steps 5, 3 and 1 receive none."""
    w, past = weight(), [start(1.0, "h0"), start(0.5, "h1")]
    with mg.Tape(inspect=True) as tape:
        for _ in range(STEPS):
            tape.mark()
            past.append(mg.tanh(w * past[-2]))
        tape.backward(past[-1])
    return tape


@LANES.add("lags of one and three")
def lags_of_one_and_three() -> Source:
    """h_t is made of h_{t-1} and h_{t-3}: values and gradients flow along both."""
    a, b = weight(0.5, "a"), weight(0.25, "b")
    past = [start(0.1 * (i + 1), f"h{i}") for i in range(3)]
    with mg.Tape(inspect=True) as tape:
        for _ in range(STEPS):
            tape.mark()
            past.append(mg.tanh(a * past[-1] + b * past[-3]))
        tape.backward(past[-1])
    return tape


@LANES.add("outputs stacked")
def outputs_stacked() -> Source:
    """y_t = h_t V are outputs: y_3 does not depend on y_2. They are stacked after the loop; only h is a state."""
    W, V, h = mg.parameter(ramp(2, 2), name="W"), mg.parameter(ramp(2, 1), name="V"), mg.tensor(ramp(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        ys = []
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(h @ W + inputs(t, 1, 2))
            ys.append(h @ V)
        tape.backward(mg.square(mg.stack(ys)).mean())
    return tape


@LANES.add("bidirectional")
def bidirectional() -> Source:
    """Two loops over one input: each direction has its own start and chain, and neither feeds the other."""
    forth, back = mg.parameter(ramp(2, 2), name="W_forth"), mg.parameter(ramp(2, 2, scale=0.2), name="W_back")
    xs = [inputs(t, 1, 2) for t in range(1, 5)]
    with mg.Tape(inspect=True) as tape:
        h: Any = mg.tensor(zeros(1, 2), name="f0")
        right: list[Any] = []
        for x in xs:
            tape.mark("forth")
            h = mg.tanh(h @ forth + x)
            right.append(h)
        h = mg.tensor(zeros(1, 2), name="b0")
        left: list[Any] = []
        for x in reversed(xs):
            tape.mark("back")
            h = mg.tanh(h @ back + x)
            left.append(h)
        tape.mark("outputs")
        both = [mg.concatenate([f, b], axis=1) for f, b in zip(right, reversed(left), strict=True)]
        tape.backward(mg.square(mg.stack(both)).mean())
    return tape


@LANES.add("even and odd")
def even_and_odd() -> Source:
    """Even steps add the parameter "even", odd steps "odd": both are there, each at its own steps."""
    w, h = weight(), start()
    even, odd = weight(0.1, "even"), weight(0.2, "odd")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(w * h + (even if t % 2 == 0 else odd))
        tape.backward(h)
    return tape


@LANES.add("swapped pair")
def swapped_pair() -> Source:
    """a, b = b, tanh(aA + b): two states with a start each, a0 and b0; what is a at step t was b at step t-1."""
    A = mg.parameter(ramp(2, 2), name="A")
    a: Any = mg.tensor(ramp(1, 2), name="a0")
    b: Any = mg.tensor(ramp(1, 2, scale=0.3), name="b0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(STEPS):
            tape.mark()
            a, b = b, mg.tanh(a @ A + b)
        tape.backward(b.sum())
    return tape


@LANES.add("two sequences")
def two_sequences() -> Source:
    """Two sequences of three steps with other initial states, 1 and -2: the second begins anew at step 4."""
    w = weight()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for value, name in ((1.0, "h0"), (-2.0, "k0")):
            h = start(value, name)
            for _ in range(3):
                tape.mark()
                h = mg.tanh(w * h)
            losses.append(mg.square(h))
        tape.backward(losses)
    return tape


@LANES.add("encoder")
def encoder() -> Source:
    """The first state is computed from an input before the loop: tanh(xE). The input is no initial state."""
    E, W = mg.parameter(ramp(2, 2), name="E"), mg.parameter(ramp(2, 2, scale=0.3), name="W")
    with mg.Tape(inspect=True) as tape:
        h = mg.tanh(mg.tensor(ramp(1, 2, scale=1.0), name="x") @ E)
        for _ in range(STEPS):
            tape.mark()
            h = mg.tanh(h @ W)
        tape.backward(h.sum())
    return tape


@LANES.add("state beside an input")
def state_beside_an_input() -> Source:
    """h = tanh(z + wh) with an input called z and an unnamed initial state 0.75: the state is not called z."""
    w, h = weight(), mg.tensor(0.75)
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(mg.tensor(0.1 * t, name="z") + w * h)
        tape.backward(h)
    return tape


@LANES.add("losses after a cut")
def losses_after_a_cut() -> Source:
    """Two windows of two losses: those after the cut are of steps 3 and 4, four different losses in all."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, 5):
            tape.mark()
            h = mg.tanh(w * h)
            losses.append(mg.square(h - 0.1 * t))
            if t % 2 == 0:
                tape.backward(losses)
                losses = []
            if t == 2:
                tape.cut()
    return tape


@LANES.add("two losses a step")
def two_losses_a_step() -> Source:
    """After a cut each step has two losses, a square and an absolute value: two losses, not one."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        losses: list[Any] = []
        for t in range(1, 5):
            tape.mark()
            h = mg.tanh(w * h)
            losses += [mg.square(h - 1.0), mg.absolute(h)]
            if t == 2:
                tape.backward(losses)
                tape.cut()
                losses = []
        tape.backward(losses)
    return tape


@LANES.add("state of five")
def state_of_five() -> Source:
    """The unnamed initial state is 5."""
    w, h = weight(), mg.tensor(5.0)
    with mg.Tape(inspect=True) as tape:
        for _ in range(STEPS):
            tape.mark()
            h = mg.tanh(w * h)
        tape.backward(h)
    return tape


@LANES.add("state rebound")
def state_rebound() -> Source:
    """The initial state was 5 when it was used; it holds 0 now, which is not what the tape computed with."""
    w, h0 = weight(), start(5.0)
    h = h0
    with mg.Tape(inspect=True) as tape:
        for _ in range(STEPS):
            tape.mark()
            h = mg.tanh(w * h)
        tape.backward(h)
    h0.value = 0.0
    w.value = 7.0
    return tape


@LANES.add("empty state")
def empty_state() -> Source:
    """The state is an empty array: it has no entry that could be 0."""
    w, h = weight(), mg.tensor(zeros(0, 3), name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = mg.tanh(w * h)
        tape.backward(h.sum())
    return tape


@LANES.add("state of zeros")
def state_of_zeros() -> Source:
    """The initial state is 0, all of it; at step 4 the state is reset to another array of zeros."""
    W, h = mg.parameter(ramp(2, 2), name="W"), mg.tensor(zeros(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh((mg.tensor(zeros(1, 2)) if t == 4 else h) @ W + inputs(t, 1, 2))
        tape.backward(h.sum())
    return tape
