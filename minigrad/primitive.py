"""Primitives: a forward function with one vector-Jacobian rule for each operand.

    @primitive
    def tanh(xp, x):
        return xp.tanh(x)

    tanh.defvjp(lambda g, out: g - g * out * out)

A rule takes the cotangent ``g`` of the result and returns the cotangent of its operand. What else it
needs it asks for *by name*: an operand (``x``), the result (``out``), a parameter (``axis``), the
operand's own shape (``shape``), or an auxiliary result. Only what the rules of tensor operands name is
kept as a residual.

Arrays in, array out; tensors in, tensor out. So a rule that is written with operators and primitives
runs on arrays in a plain backward walk, and on tensors, recorded, when a gradient is to be
differentiated again.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from operator import itemgetter
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy import ndarray

from . import errors
from .active import active_tape
from .backend import HOST, Array, find_module, mixed
from .errors import forward_error
from .record import Record
from .tensor import Tensor

if TYPE_CHECKING:
    from .tape import Tape

Rule = Callable[..., Any]
Take = Callable[[tuple[Any, ...]], tuple[Any, ...]]

REGISTRY: dict[str, Primitive] = {}


class Plan(NamedTuple):
    """What to keep, and which rules to run, when certain operands of a primitive are tensors.

    Attributes:
        primitive: the primitive.
        saves: where each residual comes from: ``("operand", position)``, ``("out", 0)``,
            ``("shape", position)``, ``("param", position)``, ``("aux", position)`` or ``("shapes", 0)``.
        rules: (operand position, rule, positions of the rule's arguments among the residuals).
        pick: takes the residuals out of ``(*operands, out, *shapes, *params, *aux, shapes)``; ``None``
            when there are none.
        constants: the positions of operands that are saved but are no tensors, hence must be copied.
    """

    primitive: Primitive
    saves: tuple[tuple[str, Any], ...]
    rules: tuple[tuple[int, Rule, tuple[int, ...]], ...]
    pick: Take | None
    constants: tuple[int, ...]

    def as_tensors(self, tape: Tape, record: Record) -> tuple[Any, ...]:
        """The residuals of ``record`` with arrays replaced by the tensors on the tape that they are."""
        residuals = record.residuals
        assert residuals is not None
        return tuple(
            self._as_tensor(tape, record, kind, which, value)
            for (kind, which), value in zip(self.saves, residuals, strict=True)
        )

    def _as_tensor(self, tape: Tape, record: Record, kind: str, which: Any, value: Any) -> Any:
        if kind == "out":
            return Tensor(value, (tape._key, record.out, record.step))
        if kind == "operand":
            i = record.inputs[which]
            return value if i is None else Tensor(value, (tape._key, i, record.step))
        if kind == "aux" and record.inputs[0] is not None:
            return self.primitive.aux[which][1].recorded(tape, record.inputs[0], record.in_shapes[0], value)
        return value


class Primitive:
    """A differentiable operation. Make one with the decorator ``primitive``.

    Calling it with arrays returns an array. Calling it with at least one tensor returns a tensor, and
    appends a record if a tape is active.
    """

    def __init__(
        self,
        forward: Callable[..., Any],
        parameters: Sequence[inspect.Parameter] | None = None,
        *,
        name: str | None = None,
        broadcasts: bool = False,
        aux: dict[str, Primitive] | None = None,
        public: bool = True,
    ) -> None:
        self.forward = forward
        self.name = name or forward.__name__
        self.broadcasts = broadcasts
        self.public = public
        self.aux = tuple((aux or {}).items())
        self.__doc__ = forward.__doc__
        self.__name__ = self.name
        self.__qualname__ = self.name
        self.__module__ = forward.__module__
        parameters = parameters or _parameters(forward)
        operands = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self.operands = tuple(p.name for p in operands)
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        self.params = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
        self.defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is not p.empty}
        self._settings = tuple(self.defaults.values())
        self.arity = -1 if self.variadic else len(operands)
        self.rules: tuple[Rule | None, ...] = ()
        self._names: list[tuple[str, ...]] = []
        self._plans: dict[int, Plan] = {}
        self.__signature__ = inspect.Signature(parameters)
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
        self._names = [() if rule is None else self._names_of(rule) for rule in rules]
        self.rules = rules
        self._plans.clear()

    def _names_of(self, rule: Rule) -> tuple[str, ...]:
        names = _argument_names(rule)[1:]
        known = {*self.operands, *self.params, "out", "shape", "shapes", *(name for name, _ in self.aux)}
        known |= {"argnum"} if self.variadic else set()
        for name in names:
            if name not in known:
                raise errors.RuleError(
                    f"{self.name}.defvjp: a rule asks for {name!r}; it can ask for {', '.join(sorted(known))}"
                )
        return names

    def _source(self, name: str, argnum: int) -> tuple[str, Any]:
        if name == "out":
            return ("out", 0)
        if name == "shape":
            return ("shape", argnum)
        if name == "shapes":
            return ("shapes", 0)
        if name in self.operands:
            return ("operand", self.operands.index(name))
        for position, (aux, _) in enumerate(self.aux):
            if name == aux:
                return ("aux", position)
        return ("param", self.params.index(name))

    def _plan(self, mask: int) -> Plan:
        """The plan for calls in which the operands at the set bits are tensors (the top bit ends them)."""
        count = mask.bit_length() - 1
        saves: list[tuple[str, Any]] = []
        rules: list[tuple[int, Rule, tuple[int, ...]]] = []

        def position(source: tuple[str, Any]) -> int:
            if source not in saves:
                saves.append(source)
            return saves.index(source)

        for argnum in range(count if self.rules else 0):
            which = 0 if self.variadic else argnum
            rule = self.rules[which]
            if rule is None or not mask >> argnum & 1:
                continue
            names = self._names[which]
            if "argnum" in names:
                rule, names = _with_argnum(rule, names, argnum)
            sources = [self._source(name, argnum) for name in names]
            rules.append((argnum, rule, tuple(position(source) for source in sources)))
        constants = tuple(w for kind, w in saves if kind == "operand" and not mask >> w & 1)
        start = {"operand": 0, "out": count, "shape": count + 1, "param": 2 * count + 1}
        start["aux"] = start["param"] + len(self.params)
        start["shapes"] = start["aux"] + len(self.aux)
        pick = _taker([start[kind] + which for kind, which in saves]) if saves else None
        plan = self._plans[mask] = Plan(self, tuple(saves), tuple(rules), pick, constants)
        return plan

    def __call__(self, *args: Any, **params: Any) -> Any:
        if params or len(args) != self.arity:
            args, params = self._bind(args, params)
        else:
            params = self.defaults
        tape = active_tape.get()
        key = -1 if tape is None else tape._key
        foreign = None  # the array module, if it is not NumPy
        values: list[Any] = []
        inputs: list[int | None] = []
        shapes: list[tuple[int, ...] | None] = []
        mask = (2 << len(args)) - 1  # a bit for each tensor, and one that ends them
        for arg in args:
            if isinstance(arg, Tensor):
                value = arg._value
                place = arg._place
                if place[0] == key:
                    inputs.append(place[1])
                elif tape is not None:
                    inputs.append(tape.admit(arg))
            else:
                mask ^= 1 << len(values)
                value = arg
                inputs.append(None)
            if type(value) is ndarray:
                shapes.append(value.shape)
            else:
                value, module = _coerce(value)
                shapes.append(getattr(value, "shape", None))
                if module is not None and module is not np:
                    foreign = module
            values.append(value)
        if foreign is not None:
            self._check_devices(values, foreign)
        try:
            out = self.forward(foreign or np, *values, **params)
        except Exception as failure:
            error = forward_error(self.name, values, params, failure)
            raise error from (None if error is failure else failure)
        aux: list[Any] = []
        if self.aux:
            out, *aux = out
        if mask == 1 << len(args):
            return out
        if not hasattr(out, "shape"):
            raise self.no_array(out)
        if tape is None:
            return Tensor(out)
        plan = self._plans.get(mask) or self._plan(mask)
        for position in plan.constants:
            values[position] = _kept(values[position])
        pick = plan.pick
        residuals = () if pick is None else pick((*values, out, *shapes, *params.values(), *aux, shapes))
        return tape.append(plan, tuple(inputs), tuple(shapes), residuals, params, out)

    def no_array(self, out: Any) -> errors.RuleError:
        """The error for a forward function that returned something else."""
        return errors.RuleError(
            f"the forward function of {self.name} returned {out!r}; it must return an array (at {errors.user_line()})"
        )

    def _check_devices(self, values: list[Any], module: ModuleType) -> None:
        """Refuse operands of two array modules; a 0-d NumPy value becomes a number."""
        for position, value in enumerate(values):
            other = find_module(value)
            if other is np and value.shape == ():
                values[position] = value[()]
            elif other is not None and other is not module:
                raise mixed(other, module, self.name)

    def recorded(self, tape: Tape, operand: int, shape: tuple[int, ...] | None, out: Array) -> Tensor:
        """Record on ``tape`` that ``out``, known already, is this primitive of the operand with that id."""
        plan = self._plans.get(3) or self._plan(3)
        residuals = () if plan.pick is None else plan.pick((None, out, shape, *self.defaults.values()))
        return tape.append(plan, (operand,), (shape,), residuals, self.defaults, out)

    def _bind(self, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments as (operands, parameters with defaults): parameters may be given by position."""
        if not self.variadic:
            names = self.operands + self.params
            if len(args) > len(names):
                raise TypeError(f"{self.name}() takes {len(names)} arguments, {len(args)} were given")
            for name, value in zip(names[self.arity :], args[self.arity :], strict=False):
                if name in params:
                    raise TypeError(f"{self.name}() got two values for {name!r}")
                params[name] = value
            given = [params.pop(name) for name in self.operands[len(args) :] if name in params]
            args = (*args[: self.arity], *given)
            if len(args) < self.arity:
                missing = ", ".join(self.operands[len(args) :])
                raise TypeError(f"{self.name}() misses {missing}")
        for name in params:
            if name not in self.params:
                raise TypeError(f"{self.name}() has no argument {name!r}; it has {', '.join(self.params) or 'none'}")
        for name in self.params:
            if name not in params and name not in self.defaults:
                raise TypeError(f"{self.name}() misses {name}")
        settings: dict[str, Any] = {name: params.get(name, self.defaults.get(name)) for name in self.params}
        for name, value in settings.items():
            if hasattr(value, "copy") and not isinstance(value, type):  # a list or an array: its owner may change it
                settings[name] = tuple(value) if isinstance(value, list) else value.copy()
        return args, settings

    def __repr__(self) -> str:
        return f"<primitive {self.name}{self.__signature__}>"


class Unary(Primitive):
    """A primitive of one operand: the common case of a tensor on the tape, unrolled."""

    def __call__(self, *args: Any, **params: Any) -> Any:
        tape = active_tape.get()
        if tape is None or params or len(args) != 1 or not isinstance(x := args[0], Tensor):
            return Primitive.__call__(self, *args, **params)
        place, value, shape = x._place, x._value, x._shape
        if place[0] != tape._key or type(value) not in HOST:
            return Primitive.__call__(self, x)
        try:
            out = self.forward(np, value)
        except Exception:
            return Primitive.__call__(self, x)  # which explains
        plan = self._plans.get(3) or self._plan(3)
        pick = plan.pick
        residuals = () if pick is None else pick((value, out, shape, *self._settings))
        return tape.append(plan, (place[1],), (shape,), residuals, self.defaults, out)


class Binary(Primitive):
    """A primitive of two operands: a tensor on the tape with another, an array or a number, unrolled."""

    def __call__(self, *args: Any, **params: Any) -> Any:
        tape = active_tape.get()
        if tape is None or params or len(args) != 2:
            return Primitive.__call__(self, *args, **params)
        x, y = args
        key = tape._key
        mask = 4
        i = j = shape_x = shape_y = None
        if isinstance(x, Tensor):
            place, a, shape_x = x._place, x._value, x._shape
            if place[0] != key or type(a) not in HOST:
                return Primitive.__call__(self, x, y)
            i = place[1]
            mask = 5
        elif (shape_x := _plain_shape(a := x)) is _NOT_PLAIN:
            return Primitive.__call__(self, x, y)
        if isinstance(y, Tensor):
            place, b, shape_y = y._place, y._value, y._shape
            if place[0] != key or type(b) not in HOST:
                return Primitive.__call__(self, x, y)
            j = place[1]
            mask += 2
        elif mask == 4 or (shape_y := _plain_shape(b := y)) is _NOT_PLAIN:
            return Primitive.__call__(self, x, y)
        try:
            out = self.forward(np, a, b)
        except Exception:
            return Primitive.__call__(self, x, y)  # which explains
        aux: Sequence[Any] = ()
        if self.aux:
            out, *aux = out
        plan = self._plans.get(mask) or self._plan(mask)
        for position in plan.constants:
            a, b = (a, _kept(b)) if position else (_kept(a), b)
        pick = plan.pick
        shapes = (shape_x, shape_y)
        residuals = () if pick is None else pick((a, b, out, *shapes, *self._settings, *aux, shapes))
        return tape.append(plan, (i, j), shapes, residuals, self.defaults, out)


class Ternary(Primitive):
    """A primitive of three operands: the common case of tensors on the tape, unrolled."""

    def __call__(self, *args: Any, **params: Any) -> Any:
        tape = active_tape.get()
        if tape is None or params or len(args) != 3:
            return Primitive.__call__(self, *args, **params)
        x, y, z = args
        if not (isinstance(x, Tensor) and isinstance(y, Tensor) and isinstance(z, Tensor)):
            return Primitive.__call__(self, x, y, z)
        key = tape._key
        i, j, k = x._place, y._place, z._place
        a, b, c = x._value, y._value, z._value
        if not (i[0] == key == j[0] and key == k[0] and HOST.issuperset((type(a), type(b), type(c)))):
            return Primitive.__call__(self, x, y, z)
        try:
            out = self.forward(np, a, b, c)
        except Exception:
            return Primitive.__call__(self, x, y, z)  # which explains
        plan = self._plans.get(15) or self._plan(15)
        pick = plan.pick
        shapes = (x._shape, y._shape, z._shape)
        residuals = () if pick is None else pick((a, b, c, out, *shapes, *self._settings))
        return tape.append(plan, (i[1], j[1], k[1]), shapes, residuals, self.defaults, out)


def primitive(forward: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Decorator that makes a primitive of a forward function ``f(xp, *operands, *, parameters)``.

    It returns an array. Neither it nor a rule may write into an array that it is given: other records hold it too.

    Args:
        forward: the function; ``xp`` is the array module of its operands. Parameters are keyword-only.
        name: the name shown on the tape; the function's by default.
        broadcasts: operands broadcast as in NumPy; a rule may then return a cotangent of the result's
            shape, and it is summed down to the operand's.
        aux: auxiliary results, ``{name: primitive}``. The forward function returns them behind its
            result; each is what that primitive, whose rule may ask for ``out`` only, makes of the first
            operand. So it need not be computed again when the backward walk is itself recorded.
        public: whether the primitive is exported as ``mg.<name>``.
    """
    if forward is None:
        return lambda function: primitive(function, **options)
    parameters = _parameters(forward)
    return _kind(parameters, bool(options.get("aux")))(forward, parameters, **options)


def _argument_names(rule: Rule) -> tuple[str, ...]:
    if isinstance(rule, FunctionType) and not vars(rule):  # not decorated
        code = rule.__code__
        if not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) and not code.co_kwonlyargcount:
            return code.co_varnames[: code.co_argcount]  # in a tenth of the time, for every rule at import
    return tuple(inspect.signature(rule).parameters)


def _parameters(forward: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters of a forward function after ``xp``."""
    return list(inspect.signature(forward).parameters.values())[1:]


def _kind(parameters: Sequence[inspect.Parameter], aux: bool) -> type[Primitive]:
    """The class whose unrolled call fits: each knows a number of operands, and fills in no parameters."""
    operands = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    optional = all(p.default is not p.empty for p in parameters if p.kind is p.KEYWORD_ONLY)
    if not optional or any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in operands):
        return Primitive
    kind = {1: Unary, 2: Binary, 3: Ternary}.get(len(operands), Primitive)
    return Primitive if aux and kind is not Binary else kind


def _with_argnum(rule: Rule, names: tuple[str, ...], argnum: int) -> tuple[Rule, tuple[str, ...]]:
    where = names.index("argnum")
    return (
        lambda g, *rest: rule(g, *rest[:where], argnum, *rest[where:]),
        names[:where] + names[where + 1 :],
    )


def _taker(positions: Sequence[int]) -> Take:
    """A function that takes the items at ``positions`` out of a tuple, as a tuple."""
    if len(positions) > 1:
        return itemgetter(*positions)
    start = positions[0] if positions else 0
    return itemgetter(slice(start, start + len(positions)))


_NOT_PLAIN = (-1,)


def _plain_shape(value: Any) -> Any:
    """The shape of a NumPy array, ``None`` for a number, and ``_NOT_PLAIN`` for what needs a closer look."""
    if type(value) in HOST:
        return value.shape
    return None if type(value) is float or type(value) is int else _NOT_PLAIN


def _kept(value: Any) -> Any:
    """A constant operand as a residual: a copy, so that its owner may change the original."""
    return value.copy() if hasattr(value, "copy") else value


def _coerce(value: Any) -> tuple[Any, Any]:
    """An operand that is no tensor as something a forward function can take, and its module."""
    if isinstance(value, (bool, int, float)):
        return value, None
    module = find_module(value)
    if module is not None:
        return (np.asarray(value) if isinstance(value, ndarray) else value), module  # a matrix multiplies otherwise
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise errors.DTypeError(
            f"an operand is {type(value).__name__}, which is no array of real numbers (at {errors.user_line()})"
        )
    return array, np
