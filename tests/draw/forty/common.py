"""What the programs share: their register, and the parts of a scalar recurrence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import minigrad as mg
from tests.draw.tapes import ramp, zeros

Source = Any  # a tape or a window
Program = Callable[[], Source]

STEPS = 6


class Register(dict[str, Program]):
    """Programs by name, each with a docstring that says what is true of it."""

    def add(self, name: str) -> Callable[[Program], Program]:
        """A decorator that puts a program under this name."""

        def added(program: Program) -> Program:
            assert name not in self, f"two programs are called {name!r}"
            assert program.__doc__, f"{name!r} does not say what is true of it"
            self[name] = program
            return program

        return added


def weight(value: float = 0.5, name: str = "w") -> mg.Leaf:
    return mg.parameter(value, name=name)


def start(value: float = 1.0, name: str | None = "h0") -> Any:
    return mg.tensor(value, name=name)


def recurrence(
    change: Callable[[int, Any], Any] = lambda t, h: h,
    loss: Callable[[list[Any]], Any] = lambda states: mg.square(states[-1]),
    steps: int = STEPS,
) -> mg.Tape:
    """h = tanh(w h), six steps, with what ``change`` makes of the state at step t; one walk from the loss."""
    w, h = weight(), start()
    with mg.Tape(inspect=True) as tape:
        states = []
        for t in range(1, steps + 1):
            tape.mark()
            h = mg.tanh(w * change(t, h))
            states.append(h)
        tape.backward(loss(states))
    return tape


def inputs(t: int, *shape: int) -> Any:
    """The input of step t."""
    return mg.tensor(ramp(*shape, scale=t + 0.5), name="x")


__all__ = ["STEPS", "Program", "Register", "Source", "inputs", "ramp", "recurrence", "start", "weight", "zeros"]
