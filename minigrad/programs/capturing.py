"""The capture of a program: what runs is computed as usual, and noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

import numpy as np

from .. import errors
from ..engine.backend import find_module, module_of
from ..engine.capture import Traced, capturing, traced, was_kept
from ..engine.cotangents import STRUCTURED, Joined
from ..engine.origins import time_now
from ..engine.plan import Rules
from ..engine.primitive import Primitive
from ..engine.record import Record
from ..engine.tape import Tape
from ..engine.tensor import Leaf, Tensor
from ..transforms.trees import tree_map
from .costs import cost_of
from .functions import Accumulate, Effect, Read, Rule, Sum
from .instruction import Instruction, Literal, Operand, Value, layout
from .program import Fixed, Program, Ref


class Held:
    """A number that an effect returned: the program returns that of each run, and nobody else can read it.

    Attributes:
        value, number: what it is in this run, and by which the program knows it.
    """

    __slots__ = ("number", "value")

    def __init__(self, value: float, number: int) -> None:
        self.value = value
        self.number = number

    def refuse(self, *args: Any, **options: Any) -> NoReturn:
        """Refuse to be read.

        Raises:
            CaptureError: always.
        """
        raise errors.CaptureError(
            "a number, such as the norm that clip_grad_norm returns, was read while a program was captured, and what "
            "is done with it would be the same in every run; return it from the function"
        )

    __bool__ = __int__ = __float__ = __round__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = refuse
    __neg__ = __abs__ = __repr__ = __str__ = __format__ = __array__ = refuse
    __hash__ = object.__hash__


class Recorder:
    """Notes what is computed as instructions; see ``minigrad.engine.capture.Capture``.

    Attributes:
        instructions: what was noted, in order.
        values: what is known of each value, by its number.
        given: the arguments in whose place the function gets tensors of its own, by id.
        constants: the arrays that are part of the program, by number: each as it is held by its owner.
        strided: the numbers of values that do not lie in C order.
    """

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.values: list[Value] = []
        self.given: dict[int, Any] = {}
        self.constants: dict[int, Any] = {}
        self.strided: set[int] = set()
        self._known: dict[int, Traced] = {}  # constants by the id of the array, which ``constants`` keeps
        self._read: dict[int, tuple[Any, Traced]] = {}  # by the id of a leaf: its array, and what stands for it
        self._leaves: list[Tensor] = []  # kept, so that their ids stay theirs
        self._where: dict[tuple[int, int], int] = {}  # the instruction by the place of its result on a tape
        self._drawn: dict[int, tuple[Any, Any]] = {}  # generators with the state that they had, by id
        self._relied: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        self._owner = object()  # of the values of this capture
        self._step = 0
        self._module: Any = np

    @property
    def relied(self) -> tuple[tuple[Any, str, Any], ...]:
        """The (object, name of an attribute, what it was) that the program takes for granted."""
        return tuple(self._relied.values())

    def undo(self) -> None:
        """Give the generators that were drawn from the states that they had before."""
        for generator, state in self._drawn.values():
            generator.state = state

    # -- what the engine calls -----------------------------------------------------------------

    def call(
        self, primitive: Primitive, xp: Any, args: Any, values: list[Any], params: dict[str, Any], tape: Tape | None
    ) -> Any:
        """The result of a primitive's forward function; ``values`` are traced from then on."""
        if not any(isinstance(arg, Tensor) or isinstance(value, Traced) for arg, value in zip(args, values)):
            return primitive.forward(xp, *values, **params)
        for position, arg in enumerate(args):
            values[position] = self.read(arg) if isinstance(arg, Tensor) else self._traced(values[position])
        arrays, operands = _unpacked(values)
        out = primitive.forward(xp, *arrays, **params)
        parts = primitive.parts(out) if primitive.aux else (out,)
        if find_module(parts[0]) is None:
            return out  # which is refused
        results = [self._new(parts[0])]
        for (_, aux), part in zip(primitive.aux, parts[1:], strict=True):
            results.append(self._optional(aux, part, values[0], parts[0]))
        if tape is not None:
            self._step = time_now(tape)
            self._where[tape._key, tape._next_id] = len(self.instructions)
        self._note(
            "operation", primitive.name, partial(primitive.forward, xp, **params), operands, results,
            primitive=primitive, params=params,
        )  # fmt: skip
        return tuple(results) if primitive.aux else results[0]

    def rules(self, tape: Tape, record: Record, rules: Rules) -> Rules:
        """The same rules, each noted as an instruction when it runs."""
        origin = self._where.get((tape._key, record.out), -1)
        self._step = record.step
        ruled = partial(self._ruled, record.plan.primitive, origin)
        return tuple((argnum, partial(ruled, argnum, rule), which) for argnum, rule, which in rules)

    def noted(self, name: str, function: Callable[..., Any], *operands: Any) -> Traced:
        """The result of a function of arrays, noted."""
        given = [self._traced(operand) for operand in operands]
        arrays, numbers = _unpacked(given)
        missing = [each.otherwise for each in given if isinstance(each, Traced) and each.otherwise is not None]
        result = self._new(function(*arrays), arrays[0], missing[0] if missing else None)
        self._note("glue", name, function, numbers, [result])
        return result

    def summed(self, parts: list[Any]) -> Traced:
        """The sum of structured cotangents of one kind, noted."""
        fields = [field for part in parts for field in part.fields]
        arrays, numbers = _unpacked(self._traced(field) for field in fields)
        function = Sum([part.refilled(*(None,) * len(part.fields)) for part in parts])
        result = self._new(function(Joined(), *arrays))
        self._note("sum", f"sum of {type(parts[0]).__name__.lower()}", function, numbers, [result])
        return result

    def read(self, leaf: Tensor) -> Traced:
        """The value of a leaf, looked up at each run; that of a constant is part of the program.

        Raises:
            CaptureError: another capture computed it.
        """
        value = leaf._value
        if isinstance(value, Traced):
            return self._mine(value)
        self.check_apart(leaf)
        return self._looked_up(leaf) if isinstance(leaf, Leaf) else self._constant(value)

    def _looked_up(self, leaf: Tensor) -> Traced:
        value = leaf._value
        known = self._read.get(id(leaf))
        if known is not None and known[0] is value:
            return known[1]
        result = self._new(value.array if isinstance(value, Traced) else value)
        self._read[id(leaf)] = value, result
        self._leaves.append(leaf)
        self._note("read", leaf.name or "leaf", Read(leaf), (), [result])
        return result

    def check_apart(self, tensor: Tensor) -> None:
        """Refuse a tensor that the function was given as an argument, and finds by another way.

        Raises:
            CaptureError: another call may have another argument, and the same tensor by that way.
        """
        if id(tensor) in self.given:
            raise errors.CaptureError(
                f"an argument of shape {tensor.shape} is used by another name than the argument's (the function closes "
                "over the same tensor) while a program is captured, which could not tell them apart; use the argument"
            )

    def relies(self, holder: Any, name: str) -> None:
        """Note that the program holds only as long as an attribute is the object that it is now."""
        self._relied.setdefault((id(holder), name), (holder, name, getattr(holder, name)))

    def effect(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What a function returns that changes something, and is to change it again at each run."""
        with _suspended():
            result = function(*args, **options)
        self._read.clear()  # the leaves may have other values now
        results = []
        if isinstance(result, float):
            result = Held(result, self._number(Value((), "float")))
            results.append(result)
        owner = f"{type(args[0]).__name__}." if args and hasattr(args[0], function.__name__) else ""
        self._note("effect", owner + function.__name__, Effect(function, args, options), (), results)
        return result

    def drawn(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Traced:
        """An array that a function draws at random, anew at each run."""
        for each in args:
            generator: Any = getattr(each, "bit_generator", None)
            if hasattr(generator, "state"):
                self._drawn.setdefault(id(generator), (generator, generator.state))
        result = self._new(function(*args))
        self._note("draw", function.__name__.strip("_"), Effect(function, args, {}), (), [result])
        return result

    def accumulate(self, leaf: Leaf, cotangent: Traced) -> None:
        """Add a cotangent into the gradient of a leaf."""
        with _suspended():
            leaf.accumulate(cotangent.array)
        self._note("effect", "accumulate", Accumulate(leaf), (cotangent.number,), [])

    def program(self, name: str, inputs: list[tuple[str, int]], result: Any) -> Program:
        """What was noted as a program of these inputs (path, number), which returns ``result``."""
        outputs = tree_map(self._returned, result)  # first, as it may note more
        program = Program(
            name=name,
            inputs=tuple(inputs),
            instructions=tuple(self.instructions),
            outputs=outputs,
            values=tuple(self.values),
            constants=self.constants,
            module=self._module,
            relied=self.relied,
            strided=frozenset(self.strided),
        )
        return replace(program, passes=(("captured", cost_of(program)),))

    def _returned(self, leaf: Any) -> Ref | Fixed:
        if isinstance(leaf, Held):
            return Ref(leaf.number, tensor=False)
        if isinstance(leaf, Tensor) and isinstance(leaf._value, Traced):
            return Ref(self._mine(leaf._value).number, tensor=True)
        return Fixed(leaf)

    # -- values --------------------------------------------------------------------------------

    def input(self, array: Any) -> Traced:
        """A value that each run is given."""
        return self._new(array)

    def _number(self, value: Value) -> int:
        self.values.append(value)
        return len(self.values) - 1

    def _new(self, array: Any, like: Any = None, otherwise: Traced | None = None) -> Traced:
        if array is not None:
            self._module = module_of(array)
        value = Value(None, None) if array is None or otherwise is not None else Value(array.shape, array.dtype)
        number = self._number(value)
        if array is not None and layout(array) is not None:
            self.strided.add(number)
        return traced(array, number, self._owner, like, otherwise)

    def _optional(self, aux: Primitive, part: Any, operand: Traced, like: Any) -> Traced:
        """An auxiliary result; where a run may do without, what is taken if it is needed all the same."""
        if part is not None and part is not operand.array:
            return self._new(part)
        if aux.name != "identity":
            operand = self.noted(aux.name, partial(aux.forward, find_module(like)), operand)
        return self._new(part, like, operand)

    def _traced(self, value: Any) -> Any:
        """An array as a constant of the program, and anything else as it is."""
        if isinstance(value, Traced):
            return self._mine(value)
        return value if find_module(value) is None else self._constant(value)

    def _mine(self, value: Traced) -> Traced:
        """A value of this program.

        Raises:
            CaptureError: it is one of another capture, and was kept.
        """
        if value.owner is not self._owner:
            raise was_kept(value)
        return value

    def _constant(self, array: Any) -> Traced:
        known = self._known.get(id(array))
        if known is None:
            known = self._known[id(array)] = self._new(array)
            self.constants[known.number] = array
        return known

    def _note(
        self,
        kind: str,
        name: str,
        function: Callable[..., Any],
        operands: tuple[Operand, ...],
        results: list[Any],
        **more: Any,
    ) -> None:
        numbers = tuple(result.number for result in results)
        self.instructions.append(Instruction(kind, name, function, operands, numbers, step=self._step, **more))

    def _ruled(self, primitive: Primitive, origin: int, argnum: int, rule: Callable[..., Any], *given: Any) -> Any:
        """What a rule returns, noted; a structured cotangent of arrays that are known already needs no instruction."""
        given = tuple(self._traced(each) for each in given)
        arrays, operands = _unpacked(given)
        result = rule(*arrays)
        fields = result.fields if type(result) in STRUCTURED else (result,)
        known = {id(array): value for array, value in zip(arrays, given) if isinstance(value, Traced)}
        taken = [known.get(id(each), each) for each in fields]
        fresh = [k for k, each in enumerate(taken) if find_module(each) is not None and not isinstance(each, Traced)]
        if fresh:
            made = [self._new(taken[k]) for k in fresh]
            function = Rule(rule, tuple(fresh) if type(result) in STRUCTURED else None)
            self._note(
                "rule", f"{primitive.name}.vjp{argnum}", function, operands, made,
                primitive=primitive, argnum=argnum, origin=origin,
            )  # fmt: skip
            for k, each in zip(fresh, made):
                taken[k] = each
        return result.refilled(*taken) if type(result) in STRUCTURED else taken[0]


def _unpacked(values: Any) -> tuple[list[Any], tuple[Operand, ...]]:
    """Values as arrays, and as operands of an instruction."""
    arrays: list[Any] = []
    operands: list[Operand] = []
    for value in values:
        if isinstance(value, Traced):
            arrays.append(value.array)
            operands.append(value.number)
        else:
            arrays.append(value)
            operands.append(Literal(value))
    return arrays, tuple(operands)


@contextmanager
def _suspended() -> Iterator[None]:
    token = capturing.set(None)
    try:
        yield
    finally:
        capturing.reset(token)
