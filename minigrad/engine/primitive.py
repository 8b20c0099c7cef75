"""Primitives: a forward function with one vector-Jacobian rule for each operand.

    @primitive
    def tanh(xp, x):
        return xp.tanh(x)

    tanh.defvjp(lambda g, out: g - g * out * out)

A rule takes the cotangent ``g`` of the result and returns the cotangent of its operand. What else it
needs it asks for *by name*: an operand (``x``), the result (``out``), a parameter (``axis``), the
operand's own shape (``shape``), or an auxiliary result. Only what the rules of tensor operands name is
kept as a residual. ``None`` in place of a rule says that an operand has no derivative; a walk refuses a
primitive without rules.

Arrays in, array out; tensors in, tensor out. So a rule that is written with operators and primitives
runs on arrays in a plain backward walk, and on tensors, recorded, when a gradient is to be
differentiated again.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import errors
from ..errors import forward_error
from . import calls
from .backend import REAL, Array, coerced, find_module
from .capture import capturing, setting_of
from .context import paused, recording
from .plan import Plans, Rule
from .record import NOWHERE
from .signatures import Taken, asked_by, check_batching, taken_by
from .tensor import Tensor
from .unrecorded import UNRECORDED, unrecorded

if TYPE_CHECKING:
    from .tape import Tape

REGISTRY: dict[str, Primitive] = {}


class _Signature:
    """What ``inspect.signature`` finds: of a primitive, its forward function's; of the class, that of ``__init__``."""

    def __get__(self, primitive: Primitive | None, owner: type) -> inspect.Signature:
        if primitive is None:
            raise AttributeError("__signature__")
        return inspect.Signature(list(inspect.signature(primitive.forward).parameters.values())[1:])


class Primitive:
    """A differentiable operation. Make one with the decorator ``primitive``.

    Calling it with arrays returns an array. Calling it with at least one tensor returns a tensor, and
    appends a record if a tape is active.
    """

    __signature__ = _Signature()
    params: tuple[str, ...]
    arity: int

    def __init__(
        self,
        forward: Callable[..., Any],
        *,
        name: str | None = None,
        broadcasts: bool = False,
        elementwise: bool = False,
        aux: dict[str, Primitive] | None = None,
        public: bool = True,
    ) -> None:
        self.forward = forward
        self.name = str(name or getattr(forward, "__name__", ""))
        if not self.name:
            raise errors.RuleError(f"{forward!r} has no name of its own: give the primitive one with name=")
        self.elementwise = elementwise
        self.public = public
        self.aux = tuple((aux or {}).items())
        self._width = 1 + len(self.aux)
        for result, each in self.aux:
            if each.arity != 1 or not {*itertools.chain(*each.asked)} <= {"out", *each.params}:
                raise errors.RuleError(
                    f"{self.name}: the auxiliary result {result!r} cannot be that of {each.name}, whose rule asks "
                    "for more than its result"
                )
        self.__doc__ = forward.__doc__
        self.__name__ = self.name
        self.__qualname__ = self.name
        self.__module__ = forward.__module__
        self.operands, self.variadic, self.params, defaults = taken_by(forward)
        self.defaults = {name: _setting(value) for name, value in defaults.items()}
        self._settings = tuple(self.defaults.values())
        self.arity = len(self.operands)  # without those of a variadic one
        self.broadcasts = broadcasts or (elementwise and (self.variadic or self.arity > 1))
        self.rules: tuple[Rule | None, ...] = ()
        self.batching: Rule | None = None
        self.asked: list[tuple[str, ...]] = []  # what each rule asks for by name
        self.plans = Plans(self)
        REGISTRY[self.name] = self

    def defvjp(self, *rules: Rule | None) -> None:
        """Give the rules, one for each operand; ``None`` for an operand that has no derivative.

        A variadic primitive has one rule for all operands, which may also ask for ``argnum`` and ``shapes``.

        Raises:
            RuleError: the number of rules is wrong, or a rule names something that does not exist.
        """
        expected = 1 if self.variadic else self.arity
        if len(rules) != expected:
            raise errors.RuleError(f"{self.name}.defvjp: {expected} rules are needed, {len(rules)} were given")
        self.asked = [() if rule is None else self._names_of(rule) for rule in rules]
        self.rules = rules
        self.plans.clear()

    def defbatch(self, rule: Rule) -> None:
        """Give ``rule(batched, *operands, **params)``, the call with a further leading axis; see ``batching.py``.

        Raises:
            RuleError: it cannot be called so.
        """
        check_batching(self.name, rule, 1 if self.variadic else self.arity, self.params)
        self.batching = rule

    def rule_missing(self, g: Any) -> Any:
        """What stands for the rules of a primitive that was given none.

        Raises:
            RuleError: always.
        """
        raise errors.RuleError(
            f"{self.name} has no rules, so its gradient would be lost: give them with {self.name}.defvjp(...) before "
            "it is called, None for an operand that has no derivative"
        )

    def _names_of(self, rule: Rule) -> tuple[str, ...]:
        names = asked_by(rule)
        known = {*self.operands, *self.params, "out", "shape", "shapes", *(name for name, _ in self.aux)}
        known |= {"argnum"} if self.variadic else set()
        for name in names:
            if name not in known:
                raise errors.RuleError(
                    f"{self.name}.defvjp: a rule asks for {name!r}; it can ask for {', '.join(sorted(known))}"
                )
        return names

    def general(self, *args: Any, **params: Any) -> Any:
        """A call with operands of any number and kind."""
        if params or len(args) != self.arity or len(self.defaults) < len(self.params):
            args, params = self._bind(args, params)
        else:
            params = self.defaults
        tape = recording()
        key = -1 if tape is None else tape._key
        foreign = None  # the array module, if it is not NumPy
        source = None  # without a tape, a parameter or what was computed from one
        values: list[Any] = []
        inputs: list[int | None] = []
        shapes: list[tuple[int, ...] | None] = []
        end = 1 << len(args)
        mask = end  # a bit for each tensor, and one that ends them
        for arg in args:
            if isinstance(arg, Tensor):
                mask += 1 << len(values)
                value = arg._value
                place = arg._place
                if place[0] == key:
                    inputs.append(place[1])
                elif tape is not None:
                    inputs.append(tape.admit(arg))
                elif place is not NOWHERE or arg.wants_grad:
                    source = arg
                module = find_module(value)
            else:
                value, module = coerced(arg)
                inputs.append(None)
            shapes.append(getattr(value, "shape", None))
            if module is not None and module is not np:
                foreign = module
            values.append(value)
        if foreign is not None:
            self._check_devices(values, foreign)
        if mask != end:
            self._check_kinds(values)
        capture = capturing.get()
        try:
            if capture is None:
                out = self.forward(foreign or np, *values, **params)
            else:
                out = capture.call(self, foreign or np, args, values, params, tape)
        except Exception as failure:
            error = forward_error(self.name, values, params, failure, params is not self.defaults)
            try:
                raise error from (None if error is failure else failure)
            finally:
                del error  # whose traceback holds this frame
        aux: tuple[Any, ...] = ()
        if self.aux:
            parts = self.parts(out)
            out, aux = parts[0], parts[1:]
        if mask == end:
            return out
        if find_module(out) is None:
            raise self.no_array(out)
        if tape is None:
            if source is None or out.dtype.kind != "f" or paused.get():
                return Tensor(out)
            place = source._place
            return Tensor(out, place if place[0] == UNRECORDED else unrecorded())
        plan = self.plans[mask]
        for position in plan.constants:
            value = values[position]
            values[position] = value.copy() if hasattr(value, "copy") else value  # its owner may change it
        pick = plan.pick
        in_shapes = tuple(shapes)
        residuals = () if pick is None else pick((*values, out, *shapes, in_shapes, *params.values(), *aux))
        tensor = tape.append(plan, tuple(inputs), in_shapes, residuals, params, out)
        if tape._watched and None in inputs:
            for watcher in tape.watchers:
                watcher.taken(tape, tape.records[-1], values)
        return tensor

    __call__ = general

    def no_array(self, out: Any) -> errors.RuleError:
        """The error for a forward function that returned something else."""
        return errors.RuleError(
            f"the forward function of {self.name} returned {out!r}; it must return an array, and takes the tensors "
            "that it computes with as operands"
        )

    def parts(self, out: Any) -> tuple[Any, ...]:
        """The result of the forward function and its auxiliary results.

        Raises:
            RuleError: it returned something else.
        """
        if isinstance(out, (tuple, list)) and len(out) == self._width:
            return tuple(out)
        names = ", ".join(["its result", *(name for name, _ in self.aux)])
        raise errors.RuleError(
            f"the forward function of {self.name} returned {type(out).__name__}; with auxiliary results it must return "
            f"({names})"
        )

    def _check_kinds(self, values: list[Any]) -> None:
        """Refuse numbers beside a tensor that are not real: what came of them would have no gradient."""
        for value in values:
            dtype = getattr(value, "dtype", None)
            if dtype is not None and dtype.kind not in REAL:
                raise errors.DTypeError(
                    f"{self.name}: an operand is {type(value).__name__} of dtype {dtype}; minigrad computes with real "
                    "numbers and booleans"
                )

    def _check_devices(self, values: list[Any], module: ModuleType) -> None:
        """Refuse operands of two array modules; a 0-d NumPy value becomes a number."""
        for position, value in enumerate(values):
            other = find_module(value)
            if other is np and value.shape == ():
                values[position] = value[()]
            elif other is not None and other is not module:
                raise errors.DeviceError(
                    f"{self.name} was given a {other.__name__} array and a {module.__name__} array; nothing is moved "
                    "between devices silently: use .to('cuda') or .to('cpu') on one of them"
                )

    def recorded(self, tape: Tape, operand: int, shape: tuple[int, ...] | None, out: Array) -> Tensor:
        """Record on ``tape`` that ``out``, known already, is this primitive of the operand with that id."""
        plan = self.plans[3]
        residuals = () if plan.pick is None else plan.pick((None, out, shape, (shape,), *self._settings))
        return tape.append(plan, (operand,), (shape,), residuals, self.defaults, out)

    def _bind(self, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments as (operands, parameters with defaults): parameters may be given by position.

        Raises:
            TypeError: they do not fit, or a parameter is a tensor.
        """
        if not self.variadic:
            names = self.operands + self.params
            if len(args) > len(names):
                raise self._misused(f"takes {len(names)} arguments, {len(args)} were given")
            for name in names[: len(args)]:
                if name in params:
                    raise self._misused(f"got two values for {name!r}")
            params.update(zip(names[self.arity :], args[self.arity :], strict=False))
            given = [params.pop(name) for name in self.operands[len(args) :] if name in params]
            args = (*args[: self.arity], *given)
        missing = [name for name in self.params if name not in params and name not in self.defaults]
        missing = [*self.operands[len(args) :], *missing]
        if missing:
            raise self._misused(f"misses {', '.join(missing)}")
        for name, value in params.items():
            if name not in self.params:
                raise self._misused(f"has no argument {name!r}; it has {', '.join(self.operands + self.params)}")
            if isinstance(value, Tensor) and value._value.dtype.kind == "f":
                raise self._misused(f"was given a tensor as {name!r}, a parameter, by which nothing is differentiated")
        settings = self.defaults | {name: _setting(value) for name, value in params.items()}
        return args, {name: settings[name] for name in self.params}

    def __copy__(self) -> Primitive:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Primitive:
        return self

    def __reduce__(self) -> Any:
        if REGISTRY.get(self.name) is not self:
            raise errors.MisuseError(f"another process could not find the primitive {self.name} by its name")
        return _named, (self.name,)

    def _misused(self, what: str) -> TypeError:
        return errors.MisuseError(f"{self.name}() {what}")

    def __repr__(self) -> str:
        return f"<primitive {self.name}{self.__signature__}>"


def _named(name: str) -> Primitive:
    """The primitive of that name, in a process that may be another one."""
    return REGISTRY[name]


class Unary(Primitive):
    """A primitive of one operand, whose calls are unrolled; so are those of the next two."""

    __call__ = calls.unary


class Binary(Primitive):
    """A primitive of two operands."""

    __call__ = calls.binary


class Ternary(Primitive):
    """A primitive of three operands."""

    __call__ = calls.ternary


def primitive(forward: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Decorator that makes a primitive of a forward function ``f(xp, *operands, *, parameters)``.

    It returns an array. Neither it nor a rule may write into an array that it is given: other records hold it too. Nor
    may the function write later into what it has returned; what a rule returns is copied.

    Args:
        forward: the function; ``xp`` is the array module of its operands. Parameters are keyword-only.
        name: the name shown on the tape; the function's by default.
        broadcasts: operands broadcast as in NumPy; a rule may then return a cotangent of the result's
            shape, and it is summed down to the operand's.
        elementwise: each element of the result comes from those at its place, of operands that broadcast; so a further
            leading axis needs no batching rule.
        aux: auxiliary results, ``{name: primitive}``. The forward function returns them behind its
            result; each is what that primitive, whose rule may ask for ``out`` only, makes of the first
            operand, or ``None`` where the rules do without. So it need not be computed again when the backward
            walk is itself recorded.
        public: whether the primitive is exported as ``mg.<name>``.
    """
    if forward is None:
        return lambda function: primitive(function, **options)
    return _kind(taken_by(forward))(forward, **options)


def _kind(taken: Taken) -> type[Primitive]:
    """The class whose unrolled call fits: each knows a number of operands, and leaves parameters to the function."""
    own = taken.defaults.values()
    if taken.variadic or len(own) < len(taken.params) or any(_setting(value) is not value for value in own):
        return Primitive
    return {1: Unary, 2: Binary, 3: Ternary}.get(len(taken.operands), Primitive)


def _setting(value: Any) -> Any:
    """A parameter as a record keeps it: integers in a tensor, an axis say, are as good as those in an array."""
    if isinstance(value, Tensor):
        value = setting_of(value)
    if isinstance(value, list):
        return tuple(value)
    if hasattr(value, "copy") and not isinstance(value, type):  # an array, say: its owner may change it
        return value.item() if getattr(value, "shape", None) == () else value.copy()  # a float64 would widen float32
    return value
