"""Programs whose loop a person sees at once: marks at the end, growing operands, several loops, odd first steps."""

from __future__ import annotations

from typing import Any

import minigrad as mg
from tests.draw.forty.common import STEPS, Register, Source, inputs, ramp, start, weight, zeros

LOOPS = Register()


# -- marks at the end ------------------------------------------------------------------------------


@LOOPS.add("marks at the end")
def marks_at_the_end() -> Source:
    """tape.mark() is the last line of the body: six steps, the first of them linked to h0, no empty seventh."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, STEPS + 1):
            h = mg.tanh(w * h)
            losses.append(mg.square(h - 0.1 * t))
            tape.mark()
        tape.backward(losses)
    return tape


@LOOPS.add("marks at the end, cuts")
def marks_at_the_end_cuts() -> Source:
    """Marks end the steps, and after every third a walk and a full cut: two windows of three steps."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, STEPS + 1):
            h = mg.tanh(w * h)
            losses.append(mg.square(h - 0.1 * t))
            tape.mark()
            if t % 3 == 0:
                tape.backward(losses)
                tape.cut()
                losses = []
    return tape


def _running(steps: int) -> Source:
    w, h, L = weight(), start(), 0.0
    with mg.Tape(inspect=True) as tape:
        for t in range(1, steps + 1):
            h = mg.tanh(w * h)
            L = L + mg.square(h - 0.1 * t)
            tape.mark()
        tape.backward(L)
    return tape


@LOOPS.add("marks at the end, running total")
def marks_at_the_end_running_total() -> Source:
    """Marks end the steps, and L = L + l in each: the loss of step t belongs to the state of step t."""
    return _running(STEPS)


@LOOPS.add("marks at the end, 100 steps")
def marks_at_the_end_100_steps() -> Source:
    """The same with a hundred steps: no picture of it is wider for that."""
    return _running(100)


@LOOPS.add("marks at the end, loss after")
def marks_at_the_end_loss_after() -> Source:
    """Marks end the steps; the loss is computed after the loop, which is no seventh step."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        for _ in range(STEPS):
            h = mg.tanh(w * h)
            tape.mark()
        tape.backward(mg.square(h - 1.0))
    return tape


@LOOPS.add("marks at the end, input before")
def marks_at_the_end_input_before() -> Source:
    """Something is computed before the loop, in the same stretch as step 1, as marks end the steps."""
    E, W = mg.parameter(ramp(2, 2), name="E"), mg.parameter(ramp(2, 2, scale=0.3), name="W")
    with mg.Tape(inspect=True) as tape:
        h = mg.tanh(mg.tensor(ramp(1, 2, scale=1.0), name="x") @ E)
        for _ in range(STEPS):
            h = mg.sigmoid(h @ W)
            tape.mark()
        tape.backward(h.sum())
    return tape


# -- growing operands, and what follows ------------------------------------------------------------


def _attention(steps: int) -> Source:
    W, h = mg.parameter(ramp(2, 2), name="W"), mg.tensor(ramp(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        states: list[Any] = [h]
        for t in range(1, steps + 1):
            tape.mark()
            keys = mg.concatenate(states, axis=0)
            weights = mg.softmax((h @ W) @ keys.T)
            h = mg.tanh(weights @ keys + inputs(t, 1, 2))
            states.append(h)
        tape.backward(mg.square(h).sum())
    return tape


@LOOPS.add("attention")
def attention() -> Source:
    """Each step attends to all states before it: concatenate takes one operand more at every step."""
    return _attention(STEPS)


@LOOPS.add("attention, 20 steps")
def attention_20_steps() -> Source:
    """The same with twenty steps, 210 operands in all: the picture does not grow with them."""
    return _attention(20)


@LOOPS.add("after the loop")
def after_the_loop() -> Source:
    """A readout of two layers follows the loop: it is no part of step 6."""
    W, V = mg.parameter(ramp(2, 2), name="W"), mg.parameter(ramp(2, 1), name="V")
    h: Any = mg.tensor(zeros(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(h @ W + inputs(t, 1, 2))
        tape.backward(mg.square(mg.relu(h) @ V - 1.0).sum())
    return tape


# -- first steps that differ -----------------------------------------------------------------------


@LOOPS.add("state of None")
def state_of_none() -> Source:
    """The first step makes the state from its input alone; it is a step of the loop all the same."""
    W, U = mg.parameter(ramp(2, 2), name="W"), mg.parameter(ramp(2, 2, scale=0.3), name="U")
    h: Any = None
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            a = inputs(t, 1, 2) @ U
            h = mg.tanh(a if h is None else a + h @ W)
        tape.backward(h.sum())
    return tape


@LOOPS.add("total of None")
def total_of_none() -> Source:
    """The total is the first loss at step 1, and L + l from step 2 on: the plain sum of six losses."""
    w, h, L = weight(), start(), None
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(w * h)
            l = mg.square(h - 0.1 * t)
            L = l if L is None else L + l
        tape.backward(L)
    return tape


@LOOPS.add("exponential average")
def exponential_average() -> Source:
    """A slow average s = 0.8 s + 0.2 h of the states is carried beside them; the loss is of it."""
    w, h, s = weight(), start(), 0.0
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(w * h + 0.1 * t)
            s = 0.8 * s + 0.2 * h
        tape.backward(mg.square(s))
    return tape


@LOOPS.add("early exit")
def early_exit() -> Source:
    """The loop leaves in the middle of step 4, before its loss."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(w * h)
            if t == 4:
                break
            losses.append(mg.square(h - 0.1 * t))
        tape.backward([*losses, h])
    return tape


# -- other loops -----------------------------------------------------------------------------------


@LOOPS.add("through SGD")
def through_sgd() -> Source:
    """Three SGD steps are recorded, each with a walk of its own; the last walk goes back through all of them."""
    rate, w = weight(0.1, "rate"), mg.parameter(1.0, name="w0")
    theta: Any = w
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 4):
            tape.mark()
            loss = mg.square(theta * (0.5 * t) - 1.0)
            theta = theta - rate * tape.gradient(loss, theta, create_graph=True)
        tape.backward(mg.square(theta - 0.5))
    return tape


@LOOPS.add("unmarked inner loop of SGD")
def unmarked_inner_loop_of_sgd() -> Source:
    """The same in two outer steps of two inner ones without marks of their own."""
    rate, w = weight(0.1, "rate"), mg.parameter(1.0, name="w0")
    theta: Any = w
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 3):
            tape.mark()
            for _ in range(2):
                loss = mg.square(theta * (0.5 * t) - 1.0)
                theta = theta - rate * tape.gradient(loss, theta, create_graph=True)
        tape.backward(mg.square(theta - 0.5))
    return tape


@LOOPS.add("alternating cells")
def alternating_cells() -> Source:
    """Odd steps are tanh(hA), even ones sigmoid(hB): a period of two."""
    A, B = mg.parameter(ramp(2, 2), name="A"), mg.parameter(ramp(2, 2, scale=0.3), name="B")
    h: Any = mg.tensor(ramp(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(h @ A) if t % 2 else mg.sigmoid(h @ B)
        tape.backward(h.sum())
    return tape


@LOOPS.add("layers inside")
def layers_inside() -> Source:
    """Three layers in each step, an inner loop: each layer's state goes to the next layer and to the next step."""
    weights = [mg.parameter(ramp(2, 2, scale=0.1 + 0.1 * i), name=f"W_{i}") for i in range(3)]
    states: list[Any] = [mg.tensor(zeros(1, 2), name=f"h0_{i}") for i in range(3)]
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 5):
            tape.mark()
            below: Any = inputs(t, 1, 2)
            for i, W in enumerate(weights):
                states[i] = below = mg.tanh(states[i] @ W + below)
        tape.backward(below.sum())
    return tape


@LOOPS.add("encoder and decoder")
def encoder_and_decoder() -> Source:
    """Two marked loops, encoder and decoder: the last state of the first is the start of the second."""
    E, D = mg.parameter(ramp(2, 2), name="E"), mg.parameter(ramp(2, 2, scale=0.3), name="D")
    V = mg.parameter(ramp(2, 2, scale=0.4), name="V")
    h: Any = mg.tensor(zeros(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 5):
            tape.mark("encoder")
            h = mg.tanh(h @ E + inputs(t, 1, 2))
        losses, y = [], mg.tensor(zeros(1, 2), name="go")
        for t in range(1, 4):
            tape.mark("decoder")
            h = mg.tanh(h @ D + y)
            y = h @ V
            losses.append(mg.nn.mse_loss(y, ramp(1, 2, scale=0.1 * t)))
        tape.backward(losses)
    return tape


@LOOPS.add("two unmarked loops")
def two_unmarked_loops() -> Source:
    """Two loops without marks: five steps of tanh(ah), then four of sigmoid(h + b)."""
    a, b, h = weight(0.5, "a"), weight(0.2, "b"), start()
    with mg.Tape(inspect=True) as tape:
        for _ in range(5):
            h = mg.tanh(a * h)
        for _ in range(4):
            h = mg.sigmoid(h + b)
        tape.backward(h)
    return tape


@LOOPS.add("unmarked loop")
def unmarked_loop() -> Source:
    """One loop without marks: eight steps that repeat."""
    w, b, h = weight(), weight(0.1, "b"), start()
    with mg.Tape(inspect=True) as tape:
        for _ in range(8):
            h = mg.tanh(w * h + b)
        tape.backward(h)
    return tape


# -- the cells of mg.nn ----------------------------------------------------------------------------


def _cell(kind: Any, **options: Any) -> Source:
    recurrent, out = kind(2, 3, rng=0), mg.nn.Linear(3, 1, rng=1)

    def step(t: int, state: Any) -> Any:
        x = ramp(1, 2, scale=t + 1.0).astype("float32")
        state = recurrent(mg.tensor(x, name="x"), state)
        target = mg.tensor(ramp(1, 1, scale=0.3 * t).astype("float32"), name="y")
        return mg.nn.mse_loss(out(recurrent.output(state)), target), state

    for window in mg.truncated_bptt(step, range(6), recurrent.initial_state(1), k1=3, inspect=True, **options):
        if window.last_step == 6:
            break
    return window


@LOOPS.add("RNN cell")
def rnn_cell() -> Source:
    """mg.nn.RNNCell in two windows of three steps: one state, h."""
    return _cell(mg.nn.RNNCell)


@LOOPS.add("GRU cell")
def gru_cell() -> Source:
    """mg.nn.GRUCell in two windows: one state, h, and three gates."""
    return _cell(mg.nn.GRUCell)


@LOOPS.add("LSTM cell")
def lstm_cell() -> Source:
    """mg.nn.LSTMCell in two windows: two states, h and c, and the gates i, f, g, o."""
    return _cell(mg.nn.LSTMCell)


@LOOPS.add("LSTM by hand")
def lstm_by_hand() -> Source:
    """An LSTM whose gates are four named slices of one product: i, f, o, g."""
    W, U = mg.parameter(ramp(2, 8), name="W"), mg.parameter(ramp(2, 8, scale=0.2), name="U")
    h: Any = mg.tensor(zeros(1, 2), name="h0")
    c: Any = mg.tensor(zeros(1, 2), name="c0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 5):
            tape.mark()
            z = inputs(t, 1, 2) @ W + h @ U
            i, f, o, g = (tape.name(z[:, 2 * n : 2 * n + 2], name) for n, name in enumerate("ifog"))
            c = mg.sigmoid(f) * c + mg.sigmoid(i) * mg.tanh(g)
            h = mg.sigmoid(o) * mg.tanh(c)
        tape.backward(mg.square(h).sum())
    return tape


@LOOPS.add("LSTM whose c is forgotten")
def lstm_whose_c_is_forgotten() -> Source:
    """At step 3 h is detached and c is not: the gradient still flows back, by way of c."""
    W, U = mg.parameter(ramp(2, 8), name="W"), mg.parameter(ramp(2, 8, scale=0.2), name="U")
    h: Any = mg.tensor(zeros(1, 2), name="h0")
    c: Any = mg.tensor(zeros(1, 2), name="c0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, 5):
            tape.mark()
            h = mg.stop_gradient(h) if t == 3 else h
            z = inputs(t, 1, 2) @ W + h @ U
            i, f, o, g = (z[:, 2 * n : 2 * n + 2] for n in range(4))
            c = mg.sigmoid(f) * c + mg.sigmoid(i) * mg.tanh(g)
            h = mg.sigmoid(o) * mg.tanh(c)
        tape.backward(mg.square(h).sum())
    return tape
