"""Tapes of every kind that a user may draw, small and reproducible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg

Source = Any


def zeros(*shape: int) -> np.ndarray[Any, Any]:
    return np.zeros(shape)


def ramp(*shape: int, scale: float = 0.1) -> np.ndarray[Any, Any]:
    """Values that are all different and the same on every machine."""
    count = int(np.prod(shape))
    return (scale * np.cos(np.arange(count, dtype=float))).reshape(shape)


class Recurrence:
    """h' = tanh(x W_x + h W_h + b), and a loss (h W_y - y)² at each step."""

    def __init__(self) -> None:
        self.W_x = mg.parameter(ramp(2, 3), name="W_x")
        self.W_h = mg.parameter(ramp(3, 3), name="W_h")
        self.b = mg.parameter(zeros(3), name="b")
        self.W_y = mg.parameter(ramp(3, 1), name="W_y")

    def step(self, inputs: Any, h: Any) -> Any:
        x, y = inputs
        h = mg.tanh(mg.tensor(x, name="x") @ self.W_x + h @ self.W_h + self.b)
        return mg.nn.mse_loss(h @ self.W_y, mg.tensor(y, name="y")), h


def stream(steps: int) -> list[Any]:
    return [(ramp(1, 2, scale=t + 1.0), ramp(1, 1, scale=t - 0.5)) for t in range(steps)]


def window(steps: int = 6, k1: int | None = 3, k2: int | None = None, **options: Any) -> mg.Window:
    """The last window of ``truncated_bptt`` over ``steps`` steps."""
    options.setdefault("inspect", True)
    state = mg.tensor(zeros(1, 3), name="h0")
    for each in mg.truncated_bptt(Recurrence().step, stream(steps), state, k1, k2, **options):
        if each.last_step == steps:
            break
    return each


def by_hand(steps: int = 4, cut_after: tuple[int, ...] = (2,), inspect: bool = True) -> mg.Tape:
    """A loop that marks and cuts, with one carried sum of losses in each window."""
    net = Recurrence()
    tape = mg.Tape(inspect=inspect)
    h: Any = mg.tensor(zeros(1, 3), name="h0")
    with tape:
        total: Any = None
        for t, inputs in enumerate(stream(steps), 1):
            tape.mark()
            loss, h = net.step(inputs, h)
            total = loss if total is None else total + loss
            if t in cut_after or t == steps:
                tape.backward(total)
                total = None
            if t in cut_after:
                tape.cut()
    return tape


def running_total(steps: int = 4) -> mg.Tape:
    """A sum of losses that is carried through the cuts, begins at a leaf, and is used by something else too."""
    net = Recurrence()
    tape = mg.Tape(inspect=True)
    h: Any = mg.tensor(zeros(1, 3), name="h0")
    total: Any = mg.tensor(0.0)
    with tape:
        for t, inputs in enumerate(stream(steps), 1):
            tape.mark()
            loss, h = net.step(inputs, h * mg.tanh(total))
            total = total + loss
            if t % 2 == 0:
                tape.backward(total)
                tape.cut()
        mg.square(total)
    return tape


def lstm(steps: int = 3) -> mg.Tape:
    """Two carried states, and four gates that are slices of one product."""
    W = mg.parameter(ramp(2, 8), name="lstm.W")
    U = mg.parameter(ramp(2, 8), name="lstm.U")
    tape = mg.Tape(inspect=True)
    h: Any = mg.tensor(zeros(1, 2), name="h0")
    c: Any = mg.tensor(zeros(1, 2), name="c0")
    with tape:
        for t in range(steps):
            tape.mark()
            z = mg.tensor(ramp(1, 2, scale=t + 1.0), name="x") @ W + h @ U
            i, f, o, g = (z[:, 2 * n : 2 * n + 2] for n in range(4))
            c = mg.sigmoid(f) * c + mg.sigmoid(i) * mg.tanh(g)
            h = mg.sigmoid(o) * mg.tanh(c)
        tape.backward(mg.square(h).sum())
    return tape


def stacked(steps: int = 3) -> mg.Tape:
    """Two cells on top of each other, and a mean over stacked losses."""
    lower, upper = mg.nn.RNNCell(2, 3, rng=0), mg.nn.RNNCell(3, 3, rng=1)
    tape = mg.Tape()
    states = [lower.initial_state(1), upper.initial_state(1)]
    with tape:
        losses = []
        for t in range(steps):
            tape.mark(f"tick {t}")
            states[0] = lower(mg.tensor(ramp(1, 2, scale=t + 1.0).astype("float32")), states[0])
            states[1] = upper(states[0], states[1])
            losses.append(mg.square(states[1]).mean())
        tape.backward(mg.stack(losses).mean())
    return tape


def two_walks() -> mg.Tape:
    """First a walk from the third loss, then one from the first."""
    w, h = mg.parameter(0.5, name="w"), mg.tensor(1.0, name="h0")
    with mg.Tape(inspect=True) as tape:
        losses = []
        for _ in range(3):
            tape.mark()
            h = mg.tanh(w * h)
            losses.append(mg.square(h))
        tape.backward(losses[2], retain=True)
        tape.backward(losses[0])
    return tape


def attention(steps: int = 5) -> mg.Tape:
    """Every state is used again at the end, and a weight is computed before the first step."""
    A, B = mg.parameter(ramp(2, 2), name="A"), mg.parameter(ramp(2, 2), name="B")
    tape = mg.Tape(inspect=True)
    h: Any = mg.tensor(zeros(1, 2))
    with tape:
        W = A @ B
        states = []
        for t in range(steps):
            tape.mark()
            h = mg.tanh(h @ W + mg.tensor(ramp(1, 2, scale=t + 1.0), name="x"))
            states.append(h)
        tape.backward(mg.concatenate(states, axis=0).sum())
    return tape


def second_order(steps: int = 2) -> mg.Tape:
    """A walk that is recorded and walked again."""
    W = mg.parameter(ramp(2, 2), name="W")
    tape = mg.Tape(inspect=True)
    h: Any = mg.tensor(zeros(1, 2), name="h0")
    with tape:
        for t in range(steps):
            tape.mark()
            h = mg.tanh(h @ W + mg.tensor(ramp(1, 2, scale=t + 1.0), name="x"))
        gradient = tape.gradient((h * h).sum(), W, create_graph=True)
        tape.backward((gradient * gradient).sum())
    return tape


def scalars() -> mg.Tape:
    """A scalar expression without steps, that uses one of its inputs three times."""
    a, b = mg.parameter(2.0, name="a"), mg.parameter(-3.0, name="b")
    tape = mg.Tape(inspect=True)
    with tape:
        tape.backward(mg.tanh(a * b + 5.0) * a + a * a)
    return tape


def perceptron() -> mg.Tape:
    """A network without steps."""
    W1, b1 = mg.parameter(ramp(2, 4), name="W1"), mg.parameter(zeros(4), name="b1")
    W2, b2 = mg.parameter(ramp(4, 3), name="W2"), mg.parameter(zeros(3), name="b2")
    tape = mg.Tape()
    with tape:
        hidden = mg.relu(mg.tensor(ramp(5, 2), name="x") @ W1 + b1)
        tape.backward(mg.nn.cross_entropy(hidden @ W2 + b2, np.array([0, 1, 2, 0, 1])))
    return tape


def chain(length: int = 500) -> mg.Tape:
    """Many operations without steps."""
    tape = mg.Tape()
    with tape:
        y = mg.parameter(1.0, name="p") * 1.0
        for _ in range(length):
            y = y + 1.0
    return tape


def cut_without_marks() -> mg.Tape:
    """Windows, but no steps."""
    w = mg.parameter(0.5, name="w")
    tape = mg.Tape(inspect=True)
    with tape:
        h: Any = mg.tensor(1.0, name="h0")
        for _ in range(3):
            h = mg.tanh(w * h)
            tape.backward(h)
            tape.cut()
        mg.tanh(w * h)
    return tape


def empty() -> mg.Tape:
    return mg.Tape()


def marked_but_empty() -> mg.Tape:
    tape = mg.Tape(inspect=True)
    tape.mark()
    tape.cut()
    return tape


def evil() -> mg.Tape:
    """Names that would break a writer which does not escape them."""
    names = ['</svg><script>alert("x")</script>', '<b>bold</b> \\ "q"\n\x00\ud800', "שלום עולם", "]]>&amp;", "\\", ""]
    tape = mg.Tape()
    with tape:
        tape.mark("<i>\\N</i> & \n")
        total: Any = mg.tensor(1.0, name="a" * 300)
        for name in names:
            total = tape.name(total * mg.parameter(1.0, name=name), name + "\\N")
    return tape


KINDS: dict[str, Callable[[], Source]] = {
    "two windows": window,
    "overlapping windows": lambda: window(6, 2, 4),
    "overlap of one step": lambda: window(6, 2, 3),
    "full": lambda: window(4, None),
    "one step each": lambda: window(4, 1),
    "not inspected": lambda: window(6, 3, inspect=False),
    "not inspected, overlapping": lambda: window(6, 2, 4, inspect=False),
    "last window shorter": lambda: window(5, 3),
    "summed": lambda: window(6, 3, reduction="sum"),
    "by hand": by_hand,
    "by hand, uncut": lambda: by_hand(4, ()),
    "by hand, not inspected": lambda: by_hand(4, (2,), inspect=False),
    "long": lambda: window(40, 3),
    "long, summed by hand": lambda: by_hand(40, (10, 20)),
    "running total": running_total,
    "lstm": lstm,
    "stacked": stacked,
    "attention": attention,
    "attention, long": lambda: attention(30),
    "second order": second_order,
    "scalars": scalars,
    "perceptron": perceptron,
    "chain": chain,
    "cut without marks": cut_without_marks,
    "empty": empty,
    "marked but empty": marked_but_empty,
    "evil": evil,
}

OPERATIONS = (mg.tanh, mg.sigmoid, mg.square, mg.negative)
PAIRS = (mg.add, mg.multiply, mg.subtract, mg.maximum)


def at_random(seed: int) -> mg.Tape:
    """A tape whose steps differ, with uses of anything computed before, cuts, walks and odd leaves."""
    rng = np.random.default_rng(seed)
    parameters = [mg.parameter(ramp(2), name=name) for name in ("W_a", "cell.b", None)]
    tape = mg.Tape(inspect=bool(rng.integers(2)))
    total: Any = mg.tensor(0.0) if rng.random() < 0.5 else 0.0
    kept: list[Any] = [mg.tensor(ramp(2), name="h0")]
    with tape:
        for _ in range(int(rng.integers(0, 7))):
            if rng.random() < 0.85:
                tape.mark("named" if rng.random() < 0.2 else None)
            recent: list[Any] = []
            for _ in range(int(rng.integers(0, 9))):
                pool = [*kept[-3:], *recent, *recent, *parameters, mg.tensor(ramp(2), name="x"), 0.5, ramp(2)]
                first = pool[int(rng.integers(len(pool) - 2))]
                second = pool[int(rng.integers(len(pool)))]
                operation = OPERATIONS[int(rng.integers(4))]
                recent.append(operation(first) if rng.random() < 0.4 else PAIRS[int(rng.integers(4))](first, second))
                if rng.random() < 0.1:
                    tape.name(recent[-1], f"z{rng.integers(3)}")
            if rng.random() < 0.6:
                total = total + (kept[-1] * parameters[1]).mean()
                if rng.random() < 0.4:
                    kept.append(kept[-1] * total)
            kept += recent[-2:] or [mg.tensor(ramp(2))]
            if tape.records and rng.random() < 0.4:
                target = (kept[-1] * parameters[0]).sum() + total
                if rng.random() < 0.3:
                    gradient = tape.gradient(target, parameters[0], create_graph=True)
                    target = (gradient * gradient).sum() + target
                tape.backward(target, retain=True)
            if rng.random() < 0.25:
                tape.cut(keep=int(rng.integers(0, 3)))
    return tape
