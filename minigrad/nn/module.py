"""The base of cells and layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from typing import Any, Self

import numpy as np

from ..checks import check_named
from ..engine.backend import module_of, to_host
from ..engine.capture import capturing
from ..engine.context import recording
from ..engine.tensor import Leaf
from ..errors import MisuseError
from ..storage.saving import check_arrays, origin
from ..transforms.trees import below, children
from ..watchers.scopes import scope

_running: ContextVar[Module | None] = ContextVar("running", default=None)  # on a tape that is inspected
_ABSENT = object()


class Module:
    """Something with parameters: attributes that are parameters, modules, or lists of modules.

    A parameter takes the name of the attribute that it is assigned to, prefixed by the attributes of
    the modules around it: ``model.cell.W_h`` is ``"cell.W_h"``. In a list it has its position, in a dict its key,
    quoted if it holds a dot or is a number's text, so that no two have one name.

    Attributes:
        training: whether the module is in training mode, where dropout leaves elements out.
    """

    _training = True

    @property
    def training(self) -> bool:
        """Whether the module is in training mode; a program that is captured is one for that mode alone."""
        capture = capturing.get()
        if capture is not None:
            capture.relies(self, "_training")
        return self._training

    @training.setter
    def training(self, flag: bool) -> None:
        self._training = flag

    def __copy__(self) -> Self:
        """A copy with the same parts and in the same mode, on which a program that is captured then depends."""
        twin = object.__new__(type(self))
        vars(twin).update(vars(self) | {"_training": self.training})
        return twin

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__call__" in vars(cls):
            cls.__call__ = _scoped(cls.__call__)  # type: ignore[method-assign]

    def __setattr__(self, attribute: str, value: Any) -> None:
        before = vars(self).get(attribute)
        if isinstance(before, Leaf) and before.wants_grad and not (value is None or isinstance(value, Leaf)):
            raise MisuseError(
                f"{type(self).__name__}.{attribute} is a parameter and would be none any more, assigned "
                f"{type(value).__name__}; to change its value write .{attribute}.value = ..."
            )
        object.__setattr__(self, attribute, value)
        for name, leaf in _held("", {attribute: value}, (id(self),)):
            if isinstance(leaf, Leaf) and (leaf.name is None or name.endswith("." + leaf.name)):
                leaf.name = name

    def named_parameters(self) -> Iterator[tuple[str, Leaf]]:
        """(dotted name, parameter) pairs, each parameter once, in the order of assignment."""
        seen: set[int] = set()
        for name, leaf in _held("", self):
            if isinstance(leaf, Leaf) and id(leaf) not in seen:
                seen.add(id(leaf))
                yield name, leaf

    def parameters(self) -> list[Leaf]:
        """The parameters, each once, in the order of assignment."""
        return [leaf for _, leaf in self.named_parameters()]

    def modules(self) -> Iterator[Module]:
        """This module and those inside it; one that is there twice comes twice."""
        for _, module in self.named_modules():
            yield module

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """(dotted name, module) pairs: this one, whose name is "", and those inside it; one may come twice."""
        for name, module in _held("", self):
            if isinstance(module, Module):
                yield name, module

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


def _held(path: str, value: Any, around: tuple[int, ...] = ()) -> Iterator[tuple[str, Module | Leaf]]:
    """The modules and parameters in a value, itself first, with dotted names.

    What is inside itself, such as a module that holds its parent, is not entered again; ``around`` are the ids of what
    is around the value.
    """
    if isinstance(value, Leaf):
        if value.wants_grad:
            yield path, value
        return
    if isinstance(value, Module):
        yield path, value
    held = vars(value).items() if isinstance(value, Module) else children(value) or ()
    around = (*around, id(value))
    for key, item in held:
        if isinstance(item, (Leaf, Module, dict, list, tuple)) and id(item) not in around:
            yield from _held(below(path, key), item, around)


def _scoped(call: Callable[..., Any]) -> Callable[..., Any]:
    """A module's ``__call__`` that makes what it records on an inspected tape a scope."""

    @wraps(call)
    def called(self: Module, x: Any = _ABSENT, state: Any = _ABSENT, /, *more: Any, **named: Any) -> Any:
        tape = recording()
        plain = tape is None or not tape.inspect
        if plain and not (more or named):  # the usual calls, for which * and ** would cost too much
            if state is not _ABSENT:
                return call(self, x, state)
            if x is not _ABSENT:
                return call(self, x)
        given = (*(each for each in (x, state) if each is not _ABSENT), *more)
        around = _running.get()
        if plain or around is self:  # by way of super()
            return call(self, *given, **named)
        token = _running.set(self)
        try:
            with scope(_title(self, around)):
                return call(self, *given, **named)
        finally:
            _running.reset(token)

    return called


def _title(module: Module, around: Module | None) -> str:
    """The attribute of the module around it, if there is one, and the class."""
    names = (name for name, inside in around.named_modules() if inside is module) if around is not None else ()
    name = next(iter(names), "")
    return f"{name} · {type(module).__name__}" if name else type(module).__name__
