"""Programs of several walks, cuts and windows, which belong to times, not to places."""

from __future__ import annotations

from typing import Any

import minigrad as mg
from tests.draw.forty.common import STEPS, Register, Source, ramp, start, weight, zeros

WALKS = Register()


def _stream(steps: int) -> list[Any]:
    return [(ramp(1, 2, scale=t + 1.0), ramp(1, 1, scale=t - 0.5)) for t in range(steps)]


def _window(steps: int, k1: int | None, k2: int | None = None, index: int | None = None, **options: Any) -> Source:
    """The last window, or the one with this index, of ``truncated_bptt`` over an RNN."""
    W_x, W_h, W_y = (
        mg.parameter(ramp(*shape), name=name) for name, shape in (("W_x", (2, 3)), ("W_h", (3, 3)), ("W_y", (3, 1)))
    )

    def step(pair: Any, h: Any) -> Any:
        x, y = pair
        h = mg.tanh(mg.tensor(x, name="x") @ W_x + h @ W_h)
        return mg.nn.mse_loss(h @ W_y, mg.tensor(y, name="y")), h

    state = mg.tensor(zeros(1, 3), name="h0")
    for window in mg.truncated_bptt(step, _stream(steps), state, k1, k2, inspect=True, **options):
        if window.index == index or window.last_step == steps:
            break
    return window


@WALKS.add("walks overlap")
def walks_overlap() -> Source:
    """Every two steps a walk and then a cut that keeps two: k1 = 2, k2 = 4. Each walk ends at its own border."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, 9):
            tape.mark()
            h = mg.tanh(w * h)
            losses.append(mg.square(h - 0.1 * t))
            if t % 2 == 0:
                tape.backward(losses, retain=True)
                tape.cut(keep=2)
                losses = []
    return tape


@WALKS.add("k1 = 2, k2 = 5")
def k1_2_k2_5() -> Source:
    """Windows of two new steps, at most five deep; the fourth: steps 7 and 8, back to step 4."""
    return _window(8, 2, 5)


@WALKS.add("first window of k2 = 5")
def first_window() -> Source:
    """The first window of (2, 5): two steps, nothing was cut before them."""
    return _window(8, 2, 5, index=0)


@WALKS.add("windows of three")
def windows_of_three() -> Source:
    """TBPTT(3): the second window's gradient stops where step 3's state enters step 4; walks freed the residuals."""
    return _window(6, 3)


@WALKS.add("lag mask")
def lag_mask() -> Source:
    """Each loss is walked back through exactly three uses of the parameters: one walk a loss."""
    return _window(6, 2, 3, scheme="lag mask")


@WALKS.add("recomputed")
def recomputed() -> Source:
    """The overlap of steps 3 and 4 was run again from a stored state, which is a leaf of this tape."""
    return _window(6, 2, 4, overlap="recompute")


@WALKS.add("checkpointed")
def checkpointed() -> Source:
    """Steps under mg.checkpoint: on an inspected tape they are recorded as usual, and nothing is computed twice."""
    W, h = mg.parameter(ramp(2, 2), name="W"), mg.tensor(ramp(1, 2), name="h0")
    step = mg.checkpoint(lambda h, W: mg.tanh(h @ W))
    with mg.Tape(inspect=True) as tape:
        for _ in range(4):
            tape.mark()
            h = step(h, W)
        tape.backward(h.sum())
    return tape


@WALKS.add("rule of its own")
def rule_of_its_own() -> Source:
    """Each step ends in one record with a rule of its own: it returns twice the derivative of 2 tanh."""
    w, h = weight(), start()

    @mg.custom_vjp
    def doubled(x: Any) -> Any:
        return 2.0 * mg.tanh(x)

    @doubled.defvjp
    def _(g: Any, out: Any, x: Any) -> Any:
        return 4.0 * g * (1.0 - mg.square(out / 2.0))

    with mg.Tape(inspect=True) as tape:
        for _ in range(4):
            tape.mark()
            h = doubled(w * h)
        tape.backward(mg.square(h))
    return tape


@WALKS.add("seed of a hundred")
def seed_of_a_hundred() -> Source:
    """The walk began with a cotangent of 100: all gradients are a hundred times those of the loss."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        for _ in range(STEPS):
            tape.mark()
            h = mg.tanh(w * h)
        tape.backward(mg.square(h), seed=100.0)
    return tape


@WALKS.add("target of a target")
def target_of_a_target() -> Source:
    """Both l1 and l2 = l1 + h² are targets: the walk differentiates l1 + l2, whose value is 2 l1 + h²."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        for _ in range(3):
            tape.mark()
            h = mg.tanh(w * h)
        l1 = tape.name(mg.square(h - 0.5), "l1")
        l2 = tape.name(l1 + mg.square(h), "l2")
        tape.backward([l1, l2])
    return tape


@WALKS.add("two walks")
def two_walks() -> Source:
    """Walk 1 began at the loss of step 3 and reached all steps; walk 2 began at step 1's and reached only that."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        losses = []
        for t in range(1, 4):
            tape.mark()
            h = mg.tanh(w * h)
            losses.append(mg.square(h - 0.1 * t))
        tape.backward(losses[2], retain=True)
        tape.backward(losses[0])
    return tape


@WALKS.add("gradient of a state")
def gradient_of_a_state() -> Source:
    """tape.gradient asked for the third state only: the walk went from step 6 to step 3 and no further."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        states = []
        for _ in range(STEPS):
            tape.mark()
            h = mg.tanh(w * h)
            states.append(h)
        tape.gradient(mg.square(h), states[2])
    return tape


@WALKS.add("cut without a walk")
def cut_without_a_walk() -> Source:
    """The cut freed what steps 1 to 3 kept, as no walk had; the walk after it freed the rest."""
    W, h = mg.parameter(ramp(2, 2), name="W"), mg.tensor(ramp(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for t in range(1, STEPS + 1):
            tape.mark()
            h = mg.tanh(h @ W)
            if t == 3:
                tape.cut()
        tape.backward(h.sum())
    return tape


@WALKS.add("not walked")
def not_walked() -> Source:
    """No walk was made: no gradient anywhere, and the residuals are kept now."""
    W, h = mg.parameter(ramp(2, 2), name="W"), mg.tensor(ramp(1, 2), name="h0")
    with mg.Tape(inspect=True) as tape:
        for _ in range(4):
            tape.mark()
            h = mg.tanh(h @ W)
    return tape
