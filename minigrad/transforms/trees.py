"""Pytrees: tuples, named tuples, lists and dicts of tensors, nested in any way. ``None`` is an empty tree.

A module may be a leaf, and stands for its parameters; it is recognised by ``named_parameters``.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from types import MethodType
from typing import Any


def below(path: str, key: Any) -> str:
    """The dotted path of what a path holds under a key or a position: no two have the same.

    Text that holds a dot, or looks like a number or like something quoted, is quoted; keys of other kinds than text and
    integers stand in brackets.
    """
    if isinstance(key, str):
        plain = key.isprintable() and key and not (key.isdecimal() or key[0] in "-['\"" or "." in key or "!" in key)
        name = key if plain else repr(key)
    else:
        name = str(key) if type(key) is int and key >= 0 else f"[{key!r}]"
    return f"{path}.{name}" if path else name


def children(tree: Any) -> list[tuple[Any, Any]] | None:
    """What a tree holds, by key or position and in that order; ``None`` for a leaf."""
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, (tuple, list)):
        return list(enumerate(tree))
    return [] if tree is None else None


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same tree with ``function`` applied to every leaf."""
    held = children(tree)
    if held is None:
        return function(tree)
    mapped = [tree_map(function, item) for _, item in held]
    if isinstance(tree, dict):
        return dict(zip(tree, mapped, strict=True))
    if tree is None:
        return None
    return type(tree)(*mapped) if isinstance(tree, tuple) and hasattr(tree, "_fields") else type(tree)(mapped)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of a tree, in order (dicts in the order of their keys' insertion)."""
    held = children(tree)
    return [tree] if held is None else [leaf for _, item in held for leaf in tree_leaves(item)]


def tree_refill(tree: Any, leaves: list[Any]) -> Any:
    """A tree of the same structure with other leaves, given in the order of ``tree_leaves``."""
    rest = iter(leaves)
    return tree_map(lambda _: next(rest), tree)


def tree_structure(tree: Any) -> Any:
    """What is left of a tree without its leaves: equal for trees of equal structure."""
    held = children(tree)
    if held is None:
        return "·"
    if isinstance(tree, dict):
        return {key: tree_structure(item) for key, item in held}
    kind = "tuple" if isinstance(tree, tuple) else "list"  # a named tuple is a tuple
    return None if tree is None else (kind, *(tree_structure(item) for _, item in held))


def parameters_of(leaf: Any) -> Any:
    """What a leaf stands for: a module for its parameters by name, anything else for itself."""
    return dict(leaf.named_parameters()) if hasattr(leaf, "named_parameters") else leaf


def module_with(node: Any, parameters: dict[int, Any]) -> Any:
    """A copy of a module, and of the modules in it, with other parameters in place of those with these ids.

    Methods that it holds as attributes are those of the copy; a lambda or a partial that it holds still refers to
    the original, whose parameters are constants there.
    """
    known = dict(parameters)  # by id what stands for it, the modules that are being copied among them

    def copied(child: Any) -> Any:
        if id(child) in known:
            return known[id(child)]
        if isinstance(child, MethodType) and hasattr(child.__self__, "named_parameters"):
            return MethodType(child.__func__, copied(child.__self__))
        if not hasattr(child, "named_parameters"):
            return child
        twin = known[id(child)] = copy(child)
        vars(twin).update(tree_map(copied, vars(child)))
        return twin

    return copied(node)
