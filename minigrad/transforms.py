"""Functions of functions: gradients as plain Python functions, nested to any order.

If a tape is active, the derivative is recorded on it and can be differentiated again. Otherwise a
transform opens a tape of its own and the results are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

from . import errors
from .backend import as_array
from .primitives import identity
from .tape import Tape, active_tape
from .tensor import Leaf, Tensor, is_tensor
from .tree import tree_leaves, tree_map, tree_refill

Argnums = int | Sequence[int]


def grad(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of a function with a scalar result.

    Args:
        function: takes tensors, or pytrees of tensors, and returns a scalar tensor.
        argnums: the position of the argument to differentiate by, or several positions.

    Returns:
        A function of the same arguments that returns the gradient in the structure of the argument
        (a tuple of them for several argnums). Where the result does not depend on an argument the
        gradient is zero. Arrays and numbers are accepted in place of tensors.

    Raises:
        ShapeError: the function's result is not a scalar.
        DTypeError: an argument to differentiate by is not floating point.
    """
    both = value_and_grad(function, argnums)

    @wraps(function)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Like ``grad``; the returned function returns ``(value, gradient)``."""

    @wraps(function)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        value, pull = _pullback(function, argnums, args, kwargs)
        if not is_tensor(value) or value.shape != ():
            raise errors.ShapeError(
                f"grad: the function returned {_describe(value)}; it must return a scalar tensor "
                f"(at {errors.user_line()})"
            )
        return _result(value), pull(None)

    return value_and_gradient


def vjp(function: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function, and its vector-Jacobian product at the primals.

    Args:
        function: takes the primals and returns a tensor, or a tuple of tensors.
        primals: tensors, arrays, or pytrees of them.

    Returns:
        ``(value, pull)``; ``pull(cotangent)`` takes a cotangent in the structure of the value and
        returns a tuple with one cotangent for each primal. It can be called again.
    """
    value, pull = _pullback(function, tuple(range(len(primals))), primals, {})
    return tree_map(_result, value), pull


def _pullback(
    function: Callable[..., Any], argnums: Argnums, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Callable[[Any], Any]]:
    """Run ``function`` on a tape; returns its value and the function that walks back from it."""
    recorded = active_tape.get() is not None
    tape = active_tape.get() or Tape()
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for position in positions:
        if not -len(args) <= position < len(args):
            raise ValueError(f"argnums {position} is outside the {len(args)} positional arguments")
    with _active(tape):
        primals = [tree_map(_primal, args[position]) for position in positions]
        passed = list(args)
        for position, primal in zip(positions, primals, strict=True):
            passed[position] = primal
        value = function(*passed, **kwargs)
    sources = tree_leaves(primals)

    def pull(cotangent: Any) -> Any:
        targets = tree_leaves(value)
        seeds = None if cotangent is None else tree_leaves(cotangent)
        on_tape = [k for k, target in enumerate(targets) if is_tensor(target) and target._place[0] == tape._key]
        if seeds is not None and len(seeds) != len(targets):
            raise errors.ShapeError(f"vjp: {len(targets)} values need {len(targets)} cotangents, got {len(seeds)}")
        gradients = tape.gradient(
            [targets[k] for k in on_tape],
            sources,
            None if seeds is None else [seeds[k] for k in on_tape],
            create_graph=recorded,
            retain=True,
            unused="zero",
        )
        filled = tree_refill(primals, gradients)
        return filled[0] if isinstance(argnums, int) else tuple(filled)

    return value, pull


def _primal(leaf: Any) -> Tensor:
    """A tensor to differentiate at: under a new id, so that its other uses stay apart."""
    if not is_tensor(leaf):
        leaf = Leaf(as_array(leaf).copy())
    if leaf.dtype.kind != "f":
        raise errors.DTypeError(
            f"cannot differentiate by an argument of dtype {leaf.dtype}; convert it to floating point "
            f"(at {errors.user_line()})"
        )
    alias: Tensor = identity(leaf)
    return alias


def _result(value: Any) -> Any:
    """A function's value as the caller gets it: a constant if no tape is active any more."""
    return value.detach() if is_tensor(value) and active_tape.get() is None else value


@contextmanager
def _active(tape: Tape) -> Iterator[None]:
    token = active_tape.set(tape)
    try:
        yield
    finally:
        active_tape.reset(token)


def _describe(value: Any) -> str:
    return f"a tensor of shape {value.shape}" if is_tensor(value) else type(value).__name__
