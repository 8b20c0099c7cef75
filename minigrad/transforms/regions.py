"""Functions that the tape sees as *one* record: with a rule of their own, or run again when walked.

Such a function runs on a tape of its own, which is dropped afterwards; what it took from outside it
becomes the inputs of the one record. A value that leaks out of it in another way than by its result is
on that other tape, so using it raises an error instead of losing a gradient.
"""

from __future__ import annotations

import itertools
import math
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Protocol

import numpy as np

from .. import errors
from ..checks import check_function
from ..engine.backend import Array, as_array, find_module, module_of
from ..engine.capture import capturing
from ..engine.context import activated, active_tape
from ..engine.plan import Plan, of_users
from ..engine.primitive import REGISTRY, Primitive, primitive
from ..engine.tape import Tape
from ..engine.tensor import Tensor, is_tensor
from ..engine.walk import walk
from ..primitives import concatenate
from .trees import tree_leaves, tree_map, tree_refill

Function = Callable[..., Any]


def checkpoint(function: Function) -> Function:
    """The same function, which keeps nothing for the backward walk and is run again there.

    Memory falls from what all its operations keep to its inputs; the forward computation is paid twice.
    Gradients are exact, to any order, also by the parameters that the function closes over, with the
    values that they had. The function must be pure: it is called once more for every walk. (On a tape
    that is inspected it runs as usual, so that everything can be seen, and so it does in a program, which frees what it
    no longer needs by itself.)

    Args:
        function: takes anything, and returns a tensor or a pytree with tensors in it.

    Raises:
        TypeError: there is no function.
        RecomputeError: (in the walk) the function computed something else when it was run again.

    >>> import minigrad as mg
    >>> w = mg.parameter(3.0)
    >>> cube = mg.checkpoint(lambda x: x * x * w)
    >>> with mg.Tape() as tape:
    ...     tape.backward(cube(w))
    >>> float(w.grad), len(tape)
    (27.0, 1)
    """
    check_function("checkpoint", function)

    @wraps(function)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        tape = active_tape.get()
        if tape is None or tape.inspect or capturing.get() is not None:
            return function(*args, **kwargs)
        args, kwargs = tree_map(_kept, (args, kwargs))
        region = _Region(tape)
        with activated(region):
            value = function(*args, **kwargs)
        again = _RunAgain(tape, region, function, args, kwargs)
        return _record(tape, region, _CHECKPOINT, _Packing(value, region), again)

    return checkpointed


class custom_vjp:  # noqa: N801  (used as a decorator)
    """Decorator that gives a function of tensors a vector-Jacobian product of its own.

    The rule takes the cotangent of the result, the result, and the function's positional arguments; it
    returns one cotangent for each of them, or ``None`` for an argument without derivative. Everything
    is a tensor, so a rule written with minigrad's functions can itself be differentiated. Results and
    arguments may be pytrees. Keyword arguments are settings: the rule gets them, no derivative does.

    (A *primitive* works on arrays, with one rule for each operand; see ``mg.primitive``.)

    Raises:
        RuleError: there is no rule, it returned the wrong number of cotangents or one of a wrong shape,
            or the function depends on a parameter or a recorded tensor that is not an argument.

    >>> import minigrad as mg
    >>> @mg.custom_vjp
    ... def straight_through(x):
    ...     return mg.sign(x)
    >>> @straight_through.defvjp
    ... def _(cotangent, value, x):
    ...     return cotangent
    >>> float(mg.grad(straight_through)(0.3).value)
    1.0
    """

    def __init__(self, function: Function) -> None:
        check_function("custom_vjp", function)
        wraps(function)(self)
        self.function = function
        self.rule: Function | None = None
        self._primitive = _opaque(getattr(function, "__name__", "custom_vjp"))

    def defvjp(self, rule: Function) -> Function:
        """Set the rule; returns it, so this can be a decorator."""
        self.rule = rule
        return rule

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self._primitive.name
        if self.rule is None:
            raise errors.RuleError(f"{name} has no rule; give it one with defvjp")
        tape = active_tape.get()
        if tape is None:
            return self.function(*args, **kwargs)
        args, kwargs = tree_map(_kept, (args, kwargs))
        region = _Region(tape)
        slots = [region.admit(leaf) if is_tensor(leaf) else -1 for leaf in tree_leaves(args)]
        given = len(region.taken)
        with activated(region):
            value = self.function(*args, **kwargs)
        handed_on = [leaf for leaf in tree_leaves(value) if is_tensor(leaf) and not region.holds(leaf)]
        mine = {id(leaf) for leaf in tree_leaves(args)}
        for tensor in (*list(region.taken.values())[given:], *handed_on):
            if (tensor.recorded or tensor.wants_grad) and id(tensor) not in mine:
                raise errors.RuleError(
                    f"{name} depends on a tensor of shape {tensor.shape} that is not one of its positional arguments, "
                    "so its rule cannot give that one a cotangent"
                )
        packing = _Packing(tree_map(region.result, value), region)
        rule = _OwnRule(self.rule, name, args, kwargs, packing, slots)
        return _record(tape, region, self._primitive, packing, rule)


# -- how it is done --------------------------------------------------------------------------------


class _Region(Tape):
    """A tape inside a tape: a tensor of the outer one is a leaf here.

    Attributes:
        taken: what was taken from outside, by the id it has there.
        ids: the ids here, by the ids there.
    """

    def __init__(self, outer: Tape) -> None:
        super().__init__()
        self.outer = outer
        self.taken: dict[int, Tensor] = {}
        self.ids: dict[int, int] = {}

    def admit(self, tensor: Tensor) -> int:
        if self.holds(tensor):
            return tensor._place[1]
        outside = self.outer.admit(tensor)
        if outside not in self.ids:
            self.ids[outside] = self._next_id
            self.taken[outside] = tensor
            self._next_id += 1
        return self.ids[outside]

    def result(self, leaf: Any) -> Any:
        """A result as a tensor of this region, also an argument that is handed on, or what no tape recorded."""
        value = _array(leaf)
        if find_module(value) is None or value.dtype.kind != "f":
            return leaf
        return Tensor(value, (self._key, self._next_id, 0))  # no walk looks for it: the region is dropped


class _Packing:
    """The results of a region as one: its floating-point tensors side by side, unless there is only one.

    Attributes:
        packed: that tensor, or ``None`` if every result is a constant. (It is taken away once recorded.)
        parts: where each of its tensors stands among the leaves of the results, with shape and dtype.
        tree: the results, with zeros in place of those tensors.
    """

    def __init__(self, value: Any, tape: Tape, first: int = 0) -> None:
        """``value`` was computed on ``tape``, from the id ``first`` on."""
        leaves = tree_leaves(value)
        chosen: list[Tensor] = []
        self.parts: list[tuple[int, tuple[int, ...], Any]] = []
        for k, leaf in enumerate(leaves):
            if tape.holds(leaf) and leaf._place[1] >= first:
                if leaf.dtype.kind == "f":
                    chosen.append(leaf)
                    self.parts.append((k, leaf.shape, leaf.dtype))
                leaves[k] = 0.0 if leaf.dtype.kind == "f" else leaf.detach()
        self.tree = tree_refill(value, leaves)
        self.packed: Tensor | None = chosen[0] if chosen else None
        if len(chosen) > 1:
            with activated(tape):
                self.packed = concatenate([tensor.reshape(-1) for tensor in chosen])

    def unpack(self, packed: Tensor) -> Any:
        """The results, in their structure, out of the one tensor."""
        leaves, start = tree_leaves(self.tree), 0
        for k, shape, dtype in self.parts:
            leaves[k] = packed
            if len(self.parts) > 1:
                stop = start + math.prod(shape)
                leaves[k] = packed[start:stop].reshape(shape).astype(dtype)
                start = stop
        return tree_refill(self.tree, leaves)

    def agrees(self, new: Array, old: Array) -> bool:
        """Whether two packs hold the same results, each compared with its own size."""
        if new.shape != old.shape:
            return False
        if len(self.parts) <= 1:
            return _close(new, old, old.dtype)
        stops = [*itertools.accumulate(math.prod(shape) for _, shape, _ in self.parts)]
        return all(
            _close(new[start:stop], old[start:stop], dtype)
            for start, stop, (*_, dtype) in zip([0, *stops], stops, self.parts, strict=False)
        )


class _Cotangents(Protocol):
    """The first thing that the record of a region keeps: it knows the cotangents of the operands."""

    def find(self, g: Any, out: Any, operands: tuple[Any, ...]) -> dict[int, Any]:
        """The cotangents of the operands, by position; one that is missing is zero."""


def _found(g: Any, residuals: tuple[Any, ...]) -> dict[int, Any]:
    """The joint rule of all regions."""
    cotangents, out, operands = residuals[0], residuals[1], residuals[2:]
    found: dict[int, Any] = cotangents.find(g, out, operands)
    for position, operand in enumerate(operands):
        if position not in found:
            value = _array(operand)
            found[position] = module_of(value).zeros(value.shape, value.dtype)
    return found if is_tensor(g) else {position: _array(each) for position, each in found.items()}


class _RunAgain:
    """The cotangents of a checkpointed function: run it again, and walk back through what that records."""

    def __init__(self, tape: Tape, region: _Region, function: Function, args: Any, kwargs: Any) -> None:
        self.tape = weakref.ref(tape)  # which holds this, so that a strong reference would be a cycle
        self.ids = tuple(region.ids)
        self.leaves = [(taken, taken._value) for taken in region.taken.values() if not taken.recorded]
        self.call: Callable[[], Any] = lambda: function(*args, **kwargs)

    def find(self, g: Any, out: Any, operands: tuple[Any, ...]) -> dict[int, Any]:
        walking = active_tape.get()  # under create_graph the tape itself, else none
        region = _Region(self.tape())  # type: ignore[arg-type]  # it is walked, so it is there
        tape = region if walking is None else walking
        since, first = len(tape.records), tape._next_id
        with activated(tape), _values(self.leaves):
            packing = _Packing(self.call(), tape, first)
            packed = packing.packed
        if packed is None or not packing.agrees(packed._value, _array(out)):
            raise errors.RecomputeError(
                "checkpoint: the function computed something else when it was run again for the backward walk; it "
                "must be pure, so draw random numbers outside of it"
            )
        ids = [region.ids.get(i, -1) for i in self.ids] if walking is None else self.ids
        wanted = {i: operand for i, operand in zip(ids, operands, strict=True) if operand.dtype.kind == "f"}
        found = walk(tape, packed, g, wanted, retain=False, create_graph=walking is not None, since=since)
        return {position: found[i] for position, i in enumerate(ids) if i in found}


class _OwnRule:
    """The cotangents of a ``custom_vjp``: what its rule says."""

    def __init__(self, rule: Function, name: str, args: Any, kwargs: Any, packing: _Packing, slots: list[int]) -> None:
        self.rule, self.name = rule, name
        self.args, self.kwargs = tree_map(lambda leaf: leaf.detach() if is_tensor(leaf) else leaf, args), kwargs
        self.packing = packing
        self.slots = slots  # for each leaf of the arguments the position of its operand, or -1

    def find(self, g: Any, out: Any, operands: tuple[Any, ...]) -> dict[int, Any]:
        leaves = [
            leaf if slot < 0 else _tensor(operands[slot])
            for leaf, slot in zip(tree_leaves(self.args), self.slots, strict=True)
        ]
        args = tree_refill(self.args, leaves)
        unpack = self.packing.unpack
        cotangents = self.rule(unpack(_tensor(g)), unpack(_tensor(out)), *args, **self.kwargs)
        if not isinstance(cotangents, (tuple, list)) or (len(args) == 1 and len(cotangents) != 1):
            cotangents = (cotangents,)
        if len(cotangents) != len(args):
            raise errors.RuleError(
                f"the rule of {self.name} returned {len(cotangents)} cotangents; it has {len(args)} arguments"
            )
        found: dict[int, Any] = {}
        slots = iter(self.slots)
        for number, (cotangent, arg) in enumerate(zip(cotangents, args, strict=True)):
            mine = [next(slots) for _ in tree_leaves(arg)]
            if cotangent is None:
                continue
            parts = tree_leaves(cotangent)
            if len(parts) != len(mine):
                raise errors.RuleError(
                    f"the rule of {self.name} returned {len(parts)} cotangents for argument {number}, which has "
                    f"{len(mine)} tensors"
                )
            for slot, part, like in zip(mine, parts, tree_leaves(arg), strict=True):
                if slot < 0:
                    continue
                part = part if is_tensor(part) else as_array(part).copy()  # its owner may change it
                if part.shape != like.shape:
                    raise errors.RuleError(
                        f"the rule of {self.name} returned a cotangent of shape {part.shape} for argument {number}, "
                        f"which has shape {like.shape}"
                    )
                found[slot] = found[slot] + part if slot in found else part
        return found


def _record(tape: Tape, region: _Region, opaque: Primitive, packing: _Packing, cotangents: _Cotangents) -> Any:
    """Append the one record of a region; returns the function's results as tensors on ``tape``."""
    packed, packing.packed = packing.packed, None
    if packed is None or not region.ids:
        return packing.unpack(packed.detach()) if packed is not None else packing.tree
    operands = list(region.taken.values())
    rules = tuple((k, opaque.rule_missing, ()) for k, operand in enumerate(operands) if operand.dtype.kind == "f")
    saves = (("param", 0), ("out", 0), *(("operand", k) for k in range(len(operands))))
    residuals = (cotangents, packed._value, *(operand._value for operand in operands))
    shapes = tuple(operand.shape for operand in operands)
    of_users()
    plan = Plan(opaque, saves, rules, None, (), joint=_found)
    return packing.unpack(tape.append(plan, tuple(region.ids), shapes, residuals, {}, packed._value))


@contextmanager
def _values(leaves: list[tuple[Tensor, Array]]) -> Iterator[None]:
    """Give leaves the values that they had, as long as this block lasts."""
    changed = [(leaf, leaf._value, value) for leaf, value in leaves if leaf._value is not value]
    try:
        for leaf, _, value in changed:
            leaf._value = value
        yield
    finally:
        for leaf, current, _ in changed:
            leaf._value = current


def _close(new: Array, old: Array, dtype: Any) -> bool:
    """Whether a result agrees with another, but for the order of sums: to half of the digits of its largest number."""
    if not old.size:
        return True
    xp = module_of(old)
    finite = xp.where(xp.isfinite(old), old, 0)
    limit = xp.finfo(dtype).eps ** 0.5 * xp.abs(finite).max()
    with np.errstate(invalid="ignore"):  # inf − inf
        return not bool((xp.abs(new - old) > limit).any())


def _kept(value: Any) -> Any:
    """An argument as it is now, though its owner may change it."""
    return value.copy() if not is_tensor(value) and find_module(value) is not None else value


def _array(value: Any) -> Array:
    return value._value if is_tensor(value) else value


def _tensor(value: Any) -> Tensor:
    return value if is_tensor(value) else Tensor(value)


def _opaque(name: str) -> Primitive:
    """A primitive to stand in the record of a region; it is never called."""
    before = REGISTRY.get(name)
    made: Primitive = primitive(lambda xp, *operands: None, name=name, public=False)
    if before is not None:
        REGISTRY[name] = before
    else:
        del REGISTRY[name]
    return made


_CHECKPOINT = _opaque("checkpoint")
