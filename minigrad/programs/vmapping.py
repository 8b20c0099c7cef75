"""A function of one element, applied to a batch at once by the batching rules of its primitives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from .. import errors
from ..checks import integer
from ..engine.backend import as_array, find_module, module_of
from ..engine.capture import Traced, capturing
from ..engine.context import activated
from ..engine.tensor import Tensor
from ..primitives import broadcast_to, moveaxis
from ..transforms.trees import children, tree_leaves, tree_refill
from .opened import Opened, run_batched
from .passes.pruning import prune
from .program import Fixed, Ref

Axes = Any  # an integer, None, or a tree of them that begins like the arguments


def batched(function: Callable[..., Any], in_axes: Axes, out_axes: Axes) -> Callable[..., Any]:
    """A function of one element as a function of a batch, see ``vmap``."""

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        axes = in_axes if isinstance(in_axes, (tuple, list)) else [in_axes] * len(args)
        if len(axes) != len(args):
            raise errors.ArgumentError(f"vmap: {len(axes)} in_axes were given for {len(args)} positional arguments")
        leaves = [leaf for arg, axis in zip(args, axes, strict=True) for leaf in _with_axes("in_axes", arg, axis)]
        moved = [_to_front(leaf, axis) for leaf, axis in leaves]
        size = _size(moved, [axis is not None for _, axis in leaves])
        recorder = Opened()
        known: dict[int, tuple[Any, bool]] = {}  # by number: a value, and whether it is batched
        passed = []
        for x, (_, axis) in zip(moved, leaves, strict=True):
            if axis is None:
                passed.append(Tensor(recorder.read(x)) if isinstance(x, Tensor) and not x.wants_grad else x)
                continue
            element = recorder.input(_first(x))
            known[element.number] = x, True
            passed.append(Tensor(element))
        result = _recorded(recorder, function, tree_refill(args, passed), options)
        program = prune(recorder.program("vmap", [], result))
        run_batched(program, known, size)
        outputs = _with_axes("out_axes", program.outputs, out_axes)
        return tree_refill(result, [_placed(leaf, axis, known, size) for leaf, axis in outputs])

    return call


def _with_axes(what: str, tree: Any, axes: Axes) -> Iterator[tuple[Any, int | None]]:
    """The leaves of a tree, each with its axis."""
    held = children(tree)
    if held is None or (axes is None and tree is not None):
        axis = None if axes is None else integer(f"vmap: {what}", axes)
        yield from ((leaf, axis) for leaf in tree_leaves(tree))
        return
    parts = children(axes)
    if parts is None:
        for _, item in held:
            yield from _with_axes(what, item, axes)
        return
    if [key for key, _ in parts] != [key for key, _ in held]:
        raise errors.ArgumentError(f"vmap: {what} is a tree of {len(parts)} parts where there are {len(held)}")
    for (_, item), (_, axis) in zip(held, parts, strict=True):
        yield from _with_axes(what, item, axis)


def _to_front(leaf: Any, axis: int | None) -> Any:
    """A batched argument as a tensor with the elements along its first axis."""
    if axis is None:
        return leaf
    if not isinstance(leaf, Tensor) and find_module(leaf) is None and not isinstance(leaf, (int, float, bool)):
        raise errors.MisuseError(
            f"vmap: an argument is {type(leaf).__name__}, which has no elements; give in_axes=None for it"
        )
    x = leaf if isinstance(leaf, Tensor) else Tensor(as_array(leaf))
    if not -len(x.shape) <= axis < len(x.shape):
        raise errors.AxisError(f"vmap: in_axes={axis} is out of bounds for an argument of shape {x.shape}")
    return x if axis in (0, -len(x.shape)) else moveaxis(x, axis, 0)


def _size(moved: list[Any], batched: list[bool]) -> int:
    sizes: list[int] = [x.shape[0] for x, leads in zip(moved, batched, strict=True) if leads]
    if not sizes:
        raise errors.ArgumentError("vmap: no argument is batched; give in_axes for one of them at least")
    if len(set(sizes)) > 1:
        raise errors.ShapeError(f"vmap: the batched arguments have {', '.join(map(str, sizes))} elements")
    return sizes[0]


def _first(x: Tensor) -> Any:
    """The array of the first element; zeros where there is none."""
    value = x._value
    array = value.array if isinstance(value, Traced) else value
    return array[0] if len(array) else module_of(array).zeros(array.shape[1:], array.dtype)


def _recorded(recorder: Opened, function: Callable[..., Any], args: Any, options: dict[str, Any]) -> Any:
    token = capturing.set(recorder)
    try:
        with activated(None):
            return function(*args, **options)
    finally:
        capturing.reset(token)


def _placed(leaf: Ref | Fixed, axis: int | None, known: dict[int, tuple[Any, bool]], size: int) -> Any:
    """A result with its elements along an axis."""
    x, leads = known[leaf.number] if isinstance(leaf, Ref) else (leaf.value, False)
    if isinstance(leaf, Fixed) and not isinstance(x, Tensor):
        raise errors.MisuseError(
            f"vmap: the function returned {type(x).__name__}; it must return tensors, or pytrees of tensors"
        )
    x = x if isinstance(x, Tensor) else Tensor(x)
    if axis is None:
        if leads:
            raise errors.ArgumentError(f"vmap: a result of shape {x.shape[1:]} depends on the element: out_axes=None")
        return x
    x = x if leads else broadcast_to(x, shape=(size, *x.shape))
    if not -len(x.shape) <= axis < len(x.shape):
        raise errors.AxisError(f"vmap: out_axes={axis} is out of bounds for results of shape {x.shape}")
    return x if axis in (0, -len(x.shape)) else moveaxis(x, 0, axis)
