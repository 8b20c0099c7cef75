"""Dropout: activations left out at random while training.

What is kept is divided by the chance to be kept, so nothing changes on average, and in evaluation mode
(``module.eval()``) nothing happens at all. Masks are drawn on the host by a NumPy generator, the same ones
whatever device computes; give one generator to all modules, and save it with the run (``mg.save_run``). A
generator of CuPy (``cupy.random.default_rng(seed)``) draws them on the GPU; it cannot be saved.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import errors, primitives as ops
from ..checks import check_number
from ..engine.backend import module_of
from ..engine.tensor import Leaf
from ..primitives.values import raw
from .cells import Cell
from .initialisers import Seed, generator
from .module import Module


class Dropout(Module):
    """``mg.dropout`` as a layer: each element is 0 with chance ``rate``, drawn anew (Srivastava et al. 2014).

    Args:
        rate: the chance to be left out, in [0, 1).
        rng: a NumPy generator or a seed; or CuPy's generator, for inputs on a GPU.

    Raises:
        ValueError: the rate is out of range.
    """

    def __init__(self, rate: float = 0.5, *, rng: Seed = None) -> None:
        self.rate = checked_rate("rate", rate)
        self.rng = generator(rng)

    def __call__(self, x: Any) -> Any:
        """x of any shape and a floating-point dtype; returns the same shape."""
        return ops.dropout(x, self.rate if self.training else 0.0, rng=self.rng)


class MaskedState(NamedTuple):
    """The state of a cell under ``VariationalDropout``, and the masks of its sequence."""

    state: Any
    inputs: Any
    recurrent: Any
    outputs: Any

    @property
    def drawn_parts(self) -> tuple[Any, ...]:
        """The masks, or ``None``: a state that begins anew needs others, and zeros in their place would silence it."""
        return self[1:]


class VariationalDropout(Cell):
    """A cell with dropout whose masks stay the same for a whole sequence (Gal and Ghahramani 2016).

    ``initial_state`` draws the masks, and they travel in the state, so that every window of a sequence
    whose state is carried has the same ones, and a saved run goes on with them.

    Args:
        cell: the cell.
        inputs, recurrent, outputs: the chance, in [0, 1), to leave out an element of x, of the h that
            enters the recurrent product (not for a GRU, which also copies h), and of the output.
        rng: a NumPy generator or a seed; or CuPy's generator, for inputs on a GPU.

    Raises:
        ValueError: a rate is out of range.
        TypeError: recurrent dropout for a cell that also copies h, or what is no cell.
    """

    def __init__(
        self, cell: Cell, *, inputs: float = 0.0, recurrent: float = 0.0, outputs: float = 0.0, rng: Seed = None
    ) -> None:
        if not isinstance(cell, Cell):
            raise errors.MisuseError(f"nn.VariationalDropout takes a recurrent cell, not {type(cell).__name__}")
        self.cell = cell
        self.inputs = cell.inputs
        self.hidden = cell.hidden
        self.rates = (
            checked_rate("inputs", inputs),
            checked_rate("recurrent", recurrent),
            checked_rate("outputs", outputs),
        )
        if recurrent:
            cell.keep_recurrent(cell.initial_state(1), 1.0)  # which refuses where it cannot be done
        self.rng = generator(rng)

    def initial_state(self, batch: int) -> MaskedState:
        """The cell's own initial state, and fresh masks, ``None`` where nothing is left out."""
        like = self.cell.parameters()[0]
        xp = module_of(like._value)

        def draw(rate: float, size: int) -> Leaf | None:
            if not (self.training and rate):
                return None
            return Leaf(raw(ops.dropout(xp.ones((batch, size), like.dtype), rate, rng=self.rng)), name="mask")

        sizes = (self.inputs, self.hidden, self.hidden)
        masks = [draw(rate, size) for rate, size in zip(self.rates, sizes, strict=True)]
        return MaskedState(self.cell.initial_state(batch), *masks)

    def __call__(self, x: Any, state: Any) -> MaskedState:
        """One step: x (batch, inputs); integers only without dropout of the inputs.

        Raises:
            TypeError: the state holds no masks; ``initial_state`` makes one that does.
            ShapeError: x is not (batch, inputs), or the masks have neither as many rows nor one.
        """
        if not isinstance(state, MaskedState):
            raise errors.MisuseError(
                "nn.VariationalDropout: the state must be a MaskedState, as initial_state makes it, not "
                f"{type(state).__name__}"
            )
        inner, inputs, recurrent, _ = state
        if self.training:
            if inputs is not None:
                if getattr(x, "dtype", np.dtype(float)).kind != "f":
                    raise errors.DTypeError(
                        f"dropout of the inputs needs floating-point x, not {x.dtype}; look tokens up in an "
                        "nn.Embedding first"
                    )
                x = _masked(x, inputs, "x")
            if recurrent is not None:
                inner = self.cell.keep_recurrent(inner, recurrent)
        return MaskedState(self.cell(x, inner), *state[1:])

    def output(self, state: Any) -> Any:
        """The cell's output, with its mask."""
        y = self.cell.output(state.state)
        return _masked(y, state.outputs, "an output") if self.training and state.outputs is not None else y


def _masked(value: Any, mask: Any, name: str) -> Any:
    if mask.shape not in (value.shape, (1, *value.shape[1:])):
        raise errors.ShapeError(
            f"nn.VariationalDropout: a mask of shape {mask.shape} for {name} of shape {value.shape}; it takes cells "
            "with (batch, size), and a state of as many rows, or of one"
        )
    return value * mask


def checked_rate(name: str, rate: float) -> float:
    """``rate`` itself, the chance to be left out.

    Raises:
        TypeError: it is no number.
        ValueError: it is not in [0, 1).
    """
    check_number(name, rate, 0, 1)
    return rate
