"""Derivatives against finite differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .. import errors
from ..checks import check_function
from ..engine.backend import to_host
from ..engine.tensor import Tensor, is_tensor
from .derivatives import vjp
from .trees import children, module_with, parameters_of, tree_leaves, tree_map, tree_refill

NDArray = np.ndarray[Any, Any]

_ENTRIES = 64  # inputs up to which every entry is compared
_DIRECTIONS = 3


def gradcheck(
    function: Callable[..., Any],
    inputs: Any,
    order: int = 2,
    *,
    step: float = 1e-3,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    seed: int = 0,
) -> bool:
    """Compare the derivatives of a function with finite differences, or raise an error.

    All is computed in float64. The cotangent ``v`` of the result is random, since ones hide faults: with
    them the gradient of a softmax is 0 whatever its rule says. A tensor of up to 64 elements is checked
    entry by entry, a larger one along three random directions. Such a direction dilutes a wrong entry, so
    the tolerance is tight: a fault of 1 % in one of 10,000 entries escapes in 4 % of the cases at 1e-6,
    in 95 % at the tolerances that look comfortable.

    The differences are central ones of fourth order: with ``h = step`` they err by ``h⁴/30`` of the fifth
    derivative (3e-14) and by rounding, ``2e-16/h`` of the value (2e-13). So a relative 1e-6 leaves six
    digits for functions with large high derivatives, and still finds any real fault. Order 2 needs no
    second differences: it checks the recorded map ``(x, v) → vᵀJ(x)`` in both of its arguments, and so on.
    Keep the inputs away from kinks and jumps by more than ``2 step``.

    Args:
        function: takes tensors, or pytrees of tensors, and returns a tensor or a pytree of tensors.
        inputs: a tuple of its arguments, all differentiated by: arrays, numbers, tensors, pytrees of those, or
            modules; or the only argument, if that is no tuple or list.
        order: 1 for gradients, 2 for their derivatives too, and so on.
        step: of the differences.
        rtol: allowed relative difference, of each entry.
        atol: allowed difference relative to the largest entry, or to 1 if that is smaller.
        seed: of the random cotangents and directions.

    Returns:
        True, so that it can be asserted.

    Raises:
        GradientError: an ``AssertionError`` that names the argument, the entry or the direction, and both values.
        TypeError: there is no function to call.
        DTypeError: an input, or a result, is not floating point; or a result is not float64.
        ValueError: the function returns different values for the same inputs, or ``order`` is below 1.

    >>> import minigrad as mg
    >>> mg.gradcheck(lambda x, y: mg.tanh(x * y), (0.3, 0.5))
    True
    """
    check_function("gradcheck", function)
    if not isinstance(inputs, (tuple, list)):
        inputs = (inputs,)
    if order < 1:
        raise errors.ArgumentError(f"gradcheck(order={order}): there is nothing to check below order 1")
    rng = np.random.default_rng(seed)
    args = tuple(tree_map(_float64, parameters_of(each)) for each in inputs)
    names = [f"argument {k}" for k in range(len(args))]
    function = _with_modules(function, inputs)
    for level in range(1, order + 1):
        v = _check(function, args, names, level, rng, step, rtol, atol)
        function, args = _pulled(function), (*args, v)
        names.append(f"the cotangent of order {level}")
    return True


def _pulled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The map ``(*x, v) → vᵀJ(x)``."""

    def pulled(*args: Any) -> Any:
        *primals, cotangent = args
        return vjp(function, *primals)[1](cotangent)

    return pulled


def _check(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    names: list[str],
    order: int,
    rng: np.random.Generator,
    step: float,
    rtol: float,
    atol: float,
) -> Any:
    """Compare the gradient of ``v · function`` by every argument; returns the random cotangent ``v``."""
    value, pull = vjp(function, *args)
    for leaf in tree_leaves(value):
        if not is_tensor(leaf) or leaf.dtype != np.float64:
            what = leaf.dtype if is_tensor(leaf) else type(leaf).__name__
            raise errors.DTypeError(f"gradcheck: the function returned {what}; it must compute tensors of float64")
    v = tree_map(lambda leaf: rng.standard_normal(leaf.shape), value)
    gradients = pull(v)

    def moved(which: int, position: int, direction: NDArray, t: float) -> float:
        """``v · function`` with one leaf of one argument moved."""
        leaves = tree_leaves(args[which])
        leaves[position] = leaves[position] + t * direction
        changed = [*args[:which], tree_refill(args[which], leaves), *args[which + 1 :]]
        result = function(*(tree_map(Tensor, each) for each in changed))
        return float(sum(np.sum(r.numpy() * c) for r, c in zip(tree_leaves(result), tree_leaves(v), strict=True)))

    for which, (arg, gradient) in enumerate(zip(args, gradients, strict=True)):
        paths = _paths(arg)
        for position, (x, g) in enumerate(zip(tree_leaves(arg), tree_leaves(gradient), strict=True)):
            before, again = (moved(which, position, x, 0.0) for _ in range(2))
            if not math.isfinite(before):
                raise errors.ArgumentError("gradcheck: the function's result is not finite there; check it where it is")
            if before != again:
                raise errors.ArgumentError("gradcheck: the function returned two different values for the same inputs")
            entries = x.size <= _ENTRIES
            directions = list(np.eye(x.size).reshape(x.size, *x.shape)) if entries else []
            directions = directions if entries else [rng.standard_normal(x.shape) for _ in range(_DIRECTIONS)]
            expected = np.array([_slope(partial(moved, which, position, d), step) for d in directions])
            got = np.array([np.sum(g.numpy() * d) for d in directions])
            scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
            bad = ~(np.abs(got - expected) <= rtol * np.abs(expected) + atol * scale)
            if bad.any():
                k = int(bad.argmax())
                entry = (
                    f"entry {[int(i) for i in np.unravel_index(k, x.shape)]}" if entries else f"random direction {k}"
                )
                raise errors.GradientError(
                    f"gradcheck, order {order}: {names[which]}{paths[position]}, {entry}: expected {expected[k]:.10g} "
                    f"from finite differences, got {got[k]:.10g} ({int(bad.sum())} of {bad.size} differ)"
                )
    return v


def _slope(f: Callable[[float], float], h: float) -> float:
    """The derivative of ``f`` at 0 by fourth-order central differences."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


def _float64(leaf: Any) -> NDArray:
    array = to_host(leaf._value) if is_tensor(leaf) else np.asarray(leaf)
    if array.dtype.kind != "f":
        raise errors.DTypeError(f"gradcheck: an input has dtype {array.dtype}; it must be floating point")
    return np.array(array, dtype=np.float64)


def _with_modules(function: Callable[..., Any], inputs: Sequence[Any]) -> Callable[..., Any]:
    """The function with, in place of each module, a dict of its parameters."""

    def called(*args: Any) -> Any:
        return function(*(_rebuilt(each, arg) for each, arg in zip(inputs, args, strict=True)))

    return called


def _rebuilt(original: Any, arg: Any) -> Any:
    if not hasattr(original, "named_parameters"):
        return arg
    return module_with(original, {id(leaf): arg[name] for name, leaf in original.named_parameters()})


def _paths(tree: Any) -> list[str]:
    """Where each leaf of a tree stands, as one would index it."""
    held = children(tree)
    return [""] if held is None else [f"[{key!r}]{path}" for key, item in held for path in _paths(item)]
