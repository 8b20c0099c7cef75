"""The base of all optimisers: parameters, their updates, and the state that is saved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..checks import check_named, check_number
from ..engine.backend import Array, module_of, to_host
from ..engine.capture import as_one
from ..engine.tensor import Leaf
from ..errors import ArgumentError
from ..storage.saving import check_arrays, origin
from ..transforms.parameters import parameter_list

_HALF = np.dtype("float16")


def wide(dtype: Any) -> np.dtype[Any]:
    """The dtype in which a parameter of ``dtype`` is updated."""
    return np.dtype("float32" if dtype == _HALF else dtype)


class Optimizer:
    """The base of optimisers: parameters, a learning rate, and state arrays for each parameter.

    A subclass names its state arrays in ``slots`` and computes the new value in ``_updated``. A float16 parameter is
    updated in float32, in which its state arrays are kept, and rounded: float16 has neither Adam's ``eps`` nor the
    squares of most gradients.

    Attributes:
        params: the parameters.
        lr: the learning rate of the next step.
        steps: the number of steps taken, and ``counts`` the number of updates of each parameter.
        slots: the arrays kept for each parameter that was updated, by name; none has to exist before.

    Raises:
        ValueError: no parameters were given, or one twice, or a setting is out of range.
        TypeError: something that is no list of parameters was given, or a setting is no number.
    """

    def __init__(self, params: Iterable[Leaf], lr: float, weight_decay: float = 0.0, slots: Iterable[str] = ()) -> None:
        self.params = parameter_list(type(self).__name__, params)
        check_number("lr", lr, 0, math.inf)
        check_number("weight_decay", weight_decay, 0, math.inf)
        self.lr = lr
        self.weight_decay = weight_decay
        self.steps = 0
        self.counts = [0] * len(self.params)
        self.slots: dict[str, list[Array]] = {slot: [None] * len(self.params) for slot in slots}

    @as_one
    def __setattr__(self, name: str, value: Any) -> None:
        """Settings are Python's own numbers: NumPy's float64 would widen float32 parameters.

        While a program is captured, to set one is part of the program.
        """
        object.__setattr__(self, name, value.item() if isinstance(value, np.generic) else value)

    @as_one
    def step(self) -> None:
        """Update every parameter that has a gradient, and clear the gradients.

        Raises:
            ValueError: no parameter has a gradient, so there was no backward walk before this step.
        """
        if all(leaf.grad is None for leaf in self.params):
            raise ArgumentError("step(): no parameter has a gradient; walk back from a loss first")
        self.steps += 1
        for index, leaf in enumerate(self.params):
            grad = leaf._grad
            if grad is not None:
                self.counts[index] += 1
                value = leaf._value
                if value.dtype != _HALF:
                    leaf._value = self._updated(index, value, grad)
                else:
                    updated = self._updated(index, value.astype("float32"), grad.astype("float32"))
                    leaf._value = updated.astype(_HALF)
                leaf._grad = None

    def _updated(self, index: int, value: Array, grad: Array) -> Array:
        """The new value, a fresh array; ``value`` and ``grad`` are not written into."""
        raise NotImplementedError

    def _decayed(self, value: Array, grad: Array) -> Array:
        """The gradient with that of the penalty ½ · weight_decay · ‖p‖²."""
        return grad + self.weight_decay * value if self.weight_decay else grad

    def _slot(self, name: str, index: int, value: Array) -> Array:
        """A state array of a parameter, zeros at first, which is the optimiser's own to write into."""
        arrays = self.slots[name]
        if arrays[index] is None:
            arrays[index] = module_of(value).zeros_like(value)
        return arrays[index]

    def _check_eps(self, eps: float) -> None:
        """Refuse what is added to the root of a mean square if roots of that size are rounded away, or divided by 0."""
        check_number("eps", eps, 0, math.inf)
        for dtype in {wide(leaf.dtype) for leaf in self.params}:
            least = math.sqrt(np.finfo(dtype).tiny)
            if eps < least:
                raise ArgumentError(f"eps={eps} is below {least:.2g}, the root of the least square that {dtype} holds")

    def _squarable(self, grad: Array) -> Array:
        """The gradient with its finite elements brought to where their squares, and sums of two, stay finite."""
        xp, limit = module_of(grad), 2.0 ** (np.finfo(grad.dtype).maxexp // 2 - 1)
        if xp is np and -limit <= grad.min(initial=0) and grad.max(initial=0) <= limit:
            return grad
        return xp.where(xp.isinf(grad), grad, xp.clip(grad, -limit, limit))

    @as_one
    def zero_grad(self) -> None:
        """Forget all gradients, for a walk whose gradient is not to be used."""
        for leaf in self.params:
            leaf.grad = None

    def state_dict(self) -> dict[str, np.ndarray[Any, Any]]:
        """Copies of the state on the host: ``lr``, ``steps``, ``counts`` and ``slot.index`` for each array.

        Settings such as momentum are not part of it.
        """
        state = {"lr": np.array(float(self.lr)), "steps": np.array(self.steps), "counts": np.array(self.counts)}
        for slot, arrays in self.slots.items():
            for index, array in enumerate(arrays):
                if array is not None:
                    state[f"{slot}.{index}"] = np.array(to_host(array))
        return state

    @as_one
    def load_state_dict(self, state: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Go on from the state of an optimiser of the same kind over the same parameters, in the same order.

        Raises:
            CheckpointError: a key is missing or unknown, or a shape or dtype differs; nothing is changed.
            TypeError: the state is no dict.
        """
        integer = np.array(0).dtype
        check_named("optimiser state", state)
        source = origin("optimiser state", state)
        expected: dict[str, tuple[tuple[int, ...], Any]] = {
            "lr": ((), np.dtype(np.float64)),
            "steps": ((), integer),
            "counts": ((len(self.params),), integer),
        }
        check_arrays({name: state[name] for name in expected if name in state}, expected, source)
        counts = state["counts"].tolist()
        for slot in self.slots:
            for index, (leaf, count) in enumerate(zip(self.params, counts, strict=True)):
                if count:
                    expected[f"{slot}.{index}"] = leaf.shape, wide(leaf.dtype)
        check_arrays(state, expected, source)
        self.lr, self.steps, self.counts = state["lr"].item(), state["steps"].item(), counts
        for slot in self.slots:
            self.slots[slot] = [
                module_of(leaf._value).array(state[f"{slot}.{index}"], copy=True) if count else None
                for index, (leaf, count) in enumerate(zip(self.params, counts, strict=True))
            ]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.params)} parameters, lr={self.lr:g}, {self.steps} steps>"
