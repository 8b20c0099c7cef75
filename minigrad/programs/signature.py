"""Signatures of calls: what two calls have in common for which one program serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from inspect import Signature as PythonSignature, signature
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from .. import errors
from ..engine.backend import device_of, find_module
from ..engine.tensor import Leaf, Tensor
from ..transforms.trees import below, children
from .instruction import layout

Signature = tuple[Any, ...]


def taken_by(function: Callable[..., Any]) -> PythonSignature | None:
    """The parameters of a function, as far as Python knows them."""
    try:
        return signature(function)
    except (TypeError, ValueError):  # of some builtin functions nobody does
        return None


def arguments(
    function: Callable[..., Any], taken: PythonSignature | None, args: tuple[Any, ...], options: dict[str, Any]
) -> dict[str, Any]:
    """The arguments of a call by name.

    Raises:
        TypeError: they do not fit.
    """
    if taken is None:
        return {**{str(k): arg for k, arg in enumerate(args)}, **options}
    try:
        return dict(taken.bind(*args, **options).arguments)
    except TypeError as failure:
        raise errors.MisuseError(f"{getattr(function, '__name__', 'the function')}: {failure}") from None


def is_data(leaf: Any) -> bool:
    """Whether a leaf of the arguments is what each run is given: an array, or a tensor that is no parameter."""
    return (isinstance(leaf, Tensor) and not leaf.wants_grad) or find_module(leaf) is not None


def data(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, leaf) of what each run is given, in the order of the tree."""
    held = children(tree)
    if held is not None:
        for key, item in held:
            yield from data(item, below(path, key))
    elif is_data(tree):
        yield path, tree


def signature_of(function: Callable[..., Any], given: dict[str, Any]) -> tuple[Signature, list[Any]]:
    """The signature of a call, and the arrays and tensors that a run is given, in the order of ``data``.

    The signature is the structure, shapes, dtypes, strides, devices, settings, the modes of modules, and which of the
    arrays are one and the same.
    """
    found: list[Any] = []
    form = _form(given, found)
    ids = [id(leaf) for leaf in found]
    places = dict(zip(reversed(ids), range(len(ids), 0, -1), strict=True))
    return (form, *map(places.__getitem__, ids), *_modes(function)), found


def _form(tree: Any, found: list[Any]) -> Any:
    """What a signature says of a tree, whose arrays and tensors that are no parameters are added to ``found``."""
    if type(tree) is np.ndarray:
        found.append(tree)
        return (np.ndarray, tree.shape, tree.dtype, layout(tree))
    if tree is None:
        return (None,)
    held = children(tree)
    if held is not None:
        kind = type(tree) if isinstance(tree, (tuple, list)) else dict
        return (kind, *[(key, _form(item, found)) for key, item in held])
    if isinstance(tree, Tensor):
        if tree.wants_grad:
            return ("parameter", id(tree))
        found.append(tree)
        return (type(tree) is Leaf, tree.shape, tree.dtype, device_of(tree._value), layout(tree._value))
    if find_module(tree) is not None:
        found.append(tree)
        return (type(tree), tree.shape, tree.dtype, layout(tree))
    if hasattr(tree, "named_parameters"):
        return ("module", id(tree), *(id(leaf) for _, leaf in tree.named_parameters()), *_trainings(tree))
    if isinstance(tree, (bool, int, float, str, bytes, type(None))):
        return (type(tree), repr(tree))  # 0.0 is not -0.0, and NaN is itself
    return ("object", id(tree))


def _trainings(module: Any, seen: tuple[int, ...] = ()) -> Iterator[bool]:
    """The modes of a module and of those in it."""
    if id(module) in seen:
        return
    yield bool(getattr(module, "training", True))
    for each in vars(module).values():
        yield from _inside(each, (*seen, id(module)))


def _inside(tree: Any, seen: tuple[int, ...]) -> Iterator[bool]:
    held = children(tree)
    if held is not None:
        for _, item in held:
            yield from _inside(item, seen)
    elif hasattr(tree, "named_parameters") and hasattr(tree, "__dict__"):
        yield from _trainings(tree, seen)


def _modes(function: Any, seen: frozenset[int] = frozenset()) -> Iterator[bool]:
    """The modes of the modules that a function closes over, is a method of, or finds by a global name."""
    if id(function) in seen:
        return
    seen |= {id(function)}
    if hasattr(function, "named_parameters") and not isinstance(function, type):
        yield from _trainings(function)
    elif isinstance(function, MethodType):
        yield from _modes(function.__self__, seen)
        yield from _modes(function.__func__, seen)
    elif isinstance(function, partial):
        for each in (function.func, *function.args, *function.keywords.values()):
            yield from _modes(each, seen)
    elif isinstance(function, FunctionType):
        names = function.__code__.co_names
        held = [function.__globals__[name] for name in names if name in function.__globals__]
        held += [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
        held += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        for each in held:
            if not getattr(each, "__module__", "").startswith("minigrad.") or hasattr(each, "named_parameters"):
                yield from _modes(each, seen)
        wrapped = getattr(function, "__wrapped__", None)
        if wrapped is not None:
            yield from _modes(wrapped, seen)


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
