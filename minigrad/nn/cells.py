"""Recurrent cells: one time step each, so that the loop over time is the user's own.

Gates are computed by one product with a weight that holds them side by side, in PyTorch's order.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import primitives as ops
from ..arrays.creation import parameter
from ..checks import check_sizes
from ..engine.backend import module_of
from ..engine.context import recording
from ..engine.tensor import Leaf, Tensor
from ..errors import ArgumentError, MisuseError, ShapeError
from ..primitives.values import shape_of
from .initialisers import Seed, uniform, zeros
from .module import Module

ACTIVATIONS: dict[str, Any] = {"tanh": ops.tanh, "relu": ops.relu}


class LSTMState(NamedTuple):
    """The state of an LSTM: ``h`` (batch, hidden), which is also its output, and ``c`` (batch, hidden)."""

    h: Any
    c: Any


def project(x: Any, weight: Tensor, bias: Tensor | None = None) -> Any:
    """``x @ weight + bias``, with the rows ``weight[x]`` for integers, which stand for one-hot vectors."""
    dtype = getattr(x, "dtype", None)
    if dtype is not None and dtype.kind in "iu":
        rows = ops.take_rows(weight, x)
        return rows if bias is None else rows + bias
    return ops.matmul(x, weight) if bias is None else ops.linear(x, weight, bias)


class Cell(Module):
    """The base of recurrent cells: ``cell(x, state)`` is the next state, of which ``output`` is shown.

    Attributes:
        inputs: the size of x. hidden: the size of the output.
    """

    inputs: int
    hidden: int

    def __call__(self, x: Any, state: Any) -> Any:
        """One step: x (batch, inputs), or integers (batch,), and a state; returns the next state."""
        raise NotImplementedError

    def initial_state(self, batch: int) -> Any:
        """The state before the first step: zeros, beside the parameters (same dtype, same device).

        With ``learn_state`` it is made of parameters instead, of shape (1, hidden): their one row
        serves every row of the batch.
        """
        raise NotImplementedError

    def output(self, state: Any) -> Any:
        """What the cell shows of its state to the next layer, (batch, hidden)."""
        return state

    def keep_recurrent(self, state: Any, mask: Any) -> Any:
        """The state with ``mask`` applied to what enters the recurrent product, for dropout.

        Raises:
            TypeError: the cell also copies that part of its state to the next one.
        """
        raise MisuseError(f"{type(self).__name__} has no recurrent dropout: it would decay the state that is copied")


class RNNCell(Cell):
    """The simple recurrent cell ``h' = tanh(x W_x + h W_h + b)`` (Elman 1990).

    Args:
        inputs: size of x, or the number of tokens if x is given as integers.
        hidden: size of h.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        learn_state: whether the initial state is a parameter ``h0`` (1, hidden), zeros at first.
        rng: a NumPy generator or a seed for the initial values, uniform in ±1/√hidden.
        dtype: of the parameters.

    Attributes:
        W_x: (inputs, hidden). W_h: (hidden, hidden). b: (hidden,).

    Raises:
        TypeError, ValueError: a size is no integer, or below 1.
        ValueError: another nonlinearity.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        nonlinearity: str = "tanh",
        learn_state: bool = False,
        rng: Seed = None,
        dtype: Any = "float32",
    ) -> None:
        if nonlinearity not in ACTIVATIONS:
            raise ArgumentError(f"nonlinearity={nonlinearity!r}: use {' or '.join(map(repr, ACTIVATIONS))}")
        check_sizes(type(self).__name__, inputs=inputs, hidden=hidden)
        rng = np.random.default_rng(rng)
        bound = 1 / math.sqrt(hidden)
        self.inputs = inputs
        self.hidden = hidden
        self.nonlinearity = nonlinearity
        self.W_x = parameter(uniform(rng, (inputs, hidden), bound, dtype))
        self.W_h = parameter(uniform(rng, (hidden, hidden), bound, dtype))
        self.b = parameter(uniform(rng, (hidden,), bound, dtype))
        self.h0 = parameter(zeros((1, hidden), dtype)) if learn_state else None

    def __call__(self, x: Any, state: Any) -> Tensor:
        """One step: x (batch, inputs), or integers (batch,); h (batch, hidden); returns the next h.

        Raises:
            ShapeError: the state has neither as many rows as x nor one.
        """
        from_x = project(x, self.W_x)
        a = from_x + ops.linear(state, self.W_h, self.b)
        if a.size != from_x.size:
            raise _widened(self, x, state)
        return ACTIVATIONS[self.nonlinearity](a)  # type: ignore[no-any-return]

    def initial_state(self, batch: int) -> Leaf:
        return _blank(self.W_h, batch, self.hidden, "h0") if self.h0 is None else self.h0

    def keep_recurrent(self, state: Any, mask: Any) -> Any:
        return state * mask


class GRUCell(Cell):
    """The gated recurrent unit (Cho et al. 2014), in the form of cuDNN and PyTorch.

        r = σ(x W_xr + b_xr + h W_hr + b_hr)
        z = σ(x W_xz + b_xz + h W_hz + b_hz)
        n = tanh(x W_xn + b_xn + r · (h W_hn + b_hn))
        h' = (1 − z) · n + z · h

    The reset gate multiplies what comes from h after its product, bias included, hence two biases.

    Args:
        inputs: size of x, or the number of tokens if x is given as integers.
        hidden: size of h.
        learn_state: whether the initial state is a parameter ``h0`` (1, hidden), zeros at first.
        rng: a NumPy generator or a seed for the initial values, uniform in ±1/√hidden.
        dtype: of the parameters.

    Attributes:
        W_x: (inputs, 3 · hidden), the columns of r, z and n side by side. W_h: (hidden, 3 · hidden).
        b_x, b_h: (3 · hidden,).

    Raises:
        TypeError, ValueError: a size is no integer, or below 1.
    """

    def __init__(
        self, inputs: int, hidden: int, *, learn_state: bool = False, rng: Seed = None, dtype: Any = "float32"
    ) -> None:
        check_sizes(type(self).__name__, inputs=inputs, hidden=hidden)
        rng = np.random.default_rng(rng)
        bound = 1 / math.sqrt(hidden)
        self.inputs = inputs
        self.hidden = hidden
        self.W_x = parameter(uniform(rng, (inputs, 3 * hidden), bound, dtype))
        self.W_h = parameter(uniform(rng, (hidden, 3 * hidden), bound, dtype))
        self.b_x = parameter(uniform(rng, (3 * hidden,), bound, dtype))
        self.b_h = parameter(uniform(rng, (3 * hidden,), bound, dtype))
        self.h0 = parameter(zeros((1, hidden), dtype)) if learn_state else None
        self._r, self._z, self._n = _gates(3, hidden)

    def __call__(self, x: Any, state: Any) -> Tensor:
        """One step: x (batch, inputs), or integers (batch,); h (batch, hidden); returns the next h.

        Raises:
            ShapeError: the state has neither as many rows as x nor one.
        """
        from_x = project(x, self.W_x, self.b_x)
        from_h = ops.linear(state, self.W_h, self.b_h)
        both = from_x + from_h
        if both.size != from_x.size:
            raise _widened(self, x, state)
        a_r, a_z = both[self._r], both[self._z]
        r, z = ops.sigmoid(a_r), ops.sigmoid(a_z)
        x_n, h_n = from_x[self._n], from_h[self._n]
        n = ops.tanh(x_n + r * h_n)
        _name(a_r=a_r, a_z=a_z, r=r, z=z, x_n=x_n, h_n=h_n, n=n)
        return n + z * (state - n)  # type: ignore[no-any-return]

    def initial_state(self, batch: int) -> Leaf:
        return _blank(self.W_h, batch, self.hidden, "h0") if self.h0 is None else self.h0


class LSTMCell(Cell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers et al. 2000).

        i = σ(x W_xi + h W_hi + b_i)        the input gate
        f = σ(x W_xf + h W_hf + b_f)        the forget gate
        g = tanh(x W_xg + h W_hg + b_g)     the candidate
        o = σ(x W_xo + h W_ho + b_o)        the output gate
        c' = f · c + i · g
        h' = o · tanh(c')

    PyTorch adds two biases here; their sum is b.

    Args:
        inputs: size of x, or the number of tokens if x is given as integers.
        hidden: size of h and of c.
        forget_bias: the forget gate's bias at the start; 1 lets the cell remember until it learns to
            forget (Gers et al. 2000, Jozefowicz et al. 2015). ``None`` draws it like the others.
        learn_state: whether the initial state is made of parameters ``h0`` and ``c0`` (1, hidden),
            zeros at first.
        rng: a NumPy generator or a seed for the initial values, uniform in ±1/√hidden.
        dtype: of the parameters.

    Attributes:
        W_x: (inputs, 4 · hidden), the columns of i, f, g and o side by side. W_h: (hidden, 4 · hidden).
        b: (4 · hidden,).

    Raises:
        TypeError, ValueError: a size is no integer, or below 1.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        forget_bias: float | None = 1.0,
        learn_state: bool = False,
        rng: Seed = None,
        dtype: Any = "float32",
    ) -> None:
        check_sizes(type(self).__name__, inputs=inputs, hidden=hidden)
        rng = np.random.default_rng(rng)
        bound = 1 / math.sqrt(hidden)
        self.inputs = inputs
        self.hidden = hidden
        self.W_x = parameter(uniform(rng, (inputs, 4 * hidden), bound, dtype))
        self.W_h = parameter(uniform(rng, (hidden, 4 * hidden), bound, dtype))
        b = uniform(rng, (4 * hidden,), bound, dtype)
        if forget_bias is not None:
            b[hidden : 2 * hidden] = forget_bias
        self.b = parameter(b)
        self.h0 = parameter(zeros((1, hidden), dtype)) if learn_state else None
        self.c0 = parameter(zeros((1, hidden), dtype)) if learn_state else None
        self._gates = _gates(4, hidden)

    def __call__(self, x: Any, state: Any) -> LSTMState:
        """One step: x (batch, inputs), or integers (batch,); state (h, c); returns the next (h, c).

        Raises:
            TypeError: the state is no pair.
            ShapeError: a part of it has neither as many rows as x nor one.
        """
        if not isinstance(state, (tuple, list)) or len(state) != 2:
            raise MisuseError(f"LSTMCell: the state must be a pair (h, c), not {type(state).__name__}")
        h, c = state
        from_x = project(x, self.W_x)
        a = from_x + ops.linear(h, self.W_h, self.b)
        a_i, a_f, a_g, a_o = (a[gate] for gate in self._gates)
        i, f, g, o = ops.sigmoid(a_i), ops.sigmoid(a_f), ops.tanh(a_g), ops.sigmoid(a_o)
        _name(a_i=a_i, a_f=a_f, a_g=a_g, a_o=a_o, i=i, f=f, g=g, o=o)
        before, c = c, f * c + i * g
        if a.size != from_x.size or 4 * c.size != a.size:
            raise _widened(self, x, h if a.size != from_x.size else before)
        return LSTMState(o * ops.tanh(c), c)

    def initial_state(self, batch: int) -> LSTMState:
        if self.h0 is not None:
            return LSTMState(self.h0, self.c0)
        return LSTMState(*(_blank(self.W_h, batch, self.hidden, name) for name in ("h0", "c0")))

    def output(self, state: Any) -> Any:
        return state[0]

    def keep_recurrent(self, state: Any, mask: Any) -> LSTMState:
        return LSTMState(state[0] * mask, state[1])


def _name(**parts: Tensor) -> None:
    """Name what a cell computed, for pictures, on a tape that is inspected."""
    tape = recording()
    if tape is not None and tape.inspect:
        for name, part in parts.items():
            tape.name(part, name)


def _widened(cell: Cell, x: Any, state: Any) -> ShapeError:
    """The error of a state of several rows for inputs of one row, which would serve them all."""
    return ShapeError(
        f"{type(cell).__name__}: the state has shape {shape_of(state)}, x has shape {shape_of(x)}; give a state of as "
        "many rows as x has, or of one row, which serves them all (the last batch of a stream may be smaller: drop it, "
        "or begin it with a state of its own)"
    )


def _gates(count: int, hidden: int) -> list[tuple[Any, slice]]:
    """The index of each gate in what is computed for all of them at once."""
    return [(..., slice(k * hidden, (k + 1) * hidden)) for k in range(count)]


def _blank(beside: Leaf, batch: int, size: int, name: str) -> Leaf:
    """Zeros (batch, size) with the dtype of ``beside``, on its device."""
    check_sizes("initial_state", least=0, batch=batch)
    return Leaf(module_of(beside._value).zeros((batch, size), beside.dtype), name=name)
