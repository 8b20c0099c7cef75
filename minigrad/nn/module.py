"""The base of cells and layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from ..backend import module_of, to_host
from ..checks import check_named
from ..saving import check_arrays, origin
from ..tensor import Leaf


class Module:
    """Something with parameters: attributes that are parameters, modules, or lists of modules.

    A parameter takes the name of the attribute that it is assigned to, prefixed by the attributes of
    the modules around it: ``model.cell.W_h`` is ``"cell.W_h"``.

    Attributes:
        training: whether the module is in training mode, where dropout leaves elements out.
    """

    training = True

    def __setattr__(self, attribute: str, value: Any) -> None:
        object.__setattr__(self, attribute, value)
        for name, leaf in _named(attribute, value):
            if leaf.name is None or name.endswith("." + leaf.name):
                leaf.name = name

    def named_parameters(self) -> Iterator[tuple[str, Leaf]]:
        """(dotted name, parameter) pairs, each parameter once, in the order of assignment."""
        seen: set[int] = set()
        for attribute, value in vars(self).items():
            for name, leaf in _named(attribute, value):
                if id(leaf) not in seen:
                    seen.add(id(leaf))
                    yield name, leaf

    def parameters(self) -> list[Leaf]:
        """The parameters, each once, in the order of assignment."""
        return [leaf for _, leaf in self.named_parameters()]

    def modules(self) -> Iterator[Module]:
        """This module and those inside it; one that is there twice comes twice."""
        yield self
        for value in vars(self).values():
            yield from _modules(value)

    def train(self, flag: bool = True) -> Self:
        """Turn training mode on or off, here and in all modules inside; returns the module itself."""
        for module in self.modules():
            module.training = flag
        return self

    def eval(self) -> Self:
        """Turn training mode off: ``train(False)``."""
        return self.train(False)

    def state_dict(self) -> dict[str, np.ndarray[Any, Any]]:
        """Copies of the parameters' values on the host, by dotted name; a shared one under its first."""
        return {name: np.array(to_host(leaf.value)) for name, leaf in self.named_parameters()}

    def load_state_dict(self, state: dict[str, np.ndarray[Any, Any]]) -> None:
        """Replace every parameter's value.

        Raises:
            CheckpointError: a key is missing or unknown, or a shape or dtype differs; nothing is changed.
            TypeError: the state is no dict.
        """
        check_named("load_state_dict", state)
        parameters = dict(self.named_parameters())
        check_arrays(
            state, {name: (leaf.shape, leaf.dtype) for name, leaf in parameters.items()}, origin("state dict", state)
        )
        for name, leaf in parameters.items():
            leaf.value = module_of(leaf.value).asarray(state[name])

    def to(self, device: str) -> Self:
        """Move every parameter to ``"cpu"`` or ``"cuda"``; returns the module itself."""
        for leaf in self.parameters():
            leaf.to(device)
        return self


def _named(attribute: str, value: Any) -> Iterator[tuple[str, Leaf]]:
    """The parameters in an attribute's value, with dotted names."""
    if isinstance(value, Leaf):
        if value.wants_grad:
            yield attribute, value
    elif isinstance(value, Module):
        for name, leaf in value.named_parameters():
            yield f"{attribute}.{name}", leaf
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from _named(f"{attribute}.{position}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _named(f"{attribute}.{key}", item)


def _modules(value: Any) -> Iterator[Module]:
    """The modules in an attribute's value."""
    if isinstance(value, Module):
        yield from value.modules()
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _modules(item)
