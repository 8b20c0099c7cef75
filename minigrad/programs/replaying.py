"""A function that is recorded as a program, and run as one from then on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from functools import wraps
from threading import RLock
from types import MethodType
from typing import Any

from .. import errors
from ..engine.backend import find_module
from ..engine.capture import Traced, capturing
from ..engine.context import active_tape
from ..engine.tensor import Leaf, Tensor
from ..engine.watch import here
from ..transforms.trees import tree_leaves, tree_map
from .capturing import Held, Recorder
from .comparing import difference
from .costs import cost_of
from .functions import Read
from .instruction import layout
from .passes import Pass
from .program import Fixed, Program, Ref
from .running import Runner
from .signature import Signature, arguments, data, is_data, signature_of, taken_by


class _Known:
    """What is known of one signature: a program that one call recorded, or the runner of one that two did."""

    def __init__(self, captured: Program, kept: Any) -> None:
        self.captured = captured
        self.kept = kept  # the arguments of the call, by whose ids the signature knows parameters and modules
        self.runner: Runner | None = None
        self.reads: list[tuple[Tensor, Any, Any, Any, Any]] = []

    def trust(self, passes: Sequence[Pass]) -> None:
        """Make the program ready to run."""
        program = self.captured
        for each in passes:
            shorter = each(program)
            program = replace(shorter, passes=(*program.passes, (each.__name__, cost_of(shorter))))
        self.runner = Runner(program)
        leaves = {i.function.leaf: i for i in program.instructions if isinstance(i.function, Read)}
        self.reads = [(leaf, type(leaf._value), leaf.dtype, leaf.shape, layout(leaf._value)) for leaf in leaves]

    def fits(self) -> bool:
        """Whether the leaves that are read are still where they were, and of their dtypes, shapes and strides.

        And what it takes for granted is still so.
        """
        if any(getattr(holder, name) is not value for holder, name, value in self.captured.relied):
            return False
        return all(
            type(leaf._value) is kind
            and leaf._value.dtype == dtype
            and leaf._shape == shape
            and layout(leaf._value) == strides
            for leaf, kind, dtype, shape, strides in self.reads
        )


class Replayed:
    """A function that runs as a program, see ``replay``.

    Attributes:
        function, name: the function itself, and what it is called.
        reason: why the last call ran the function itself, or ``None`` if it ran a program.
    """

    def __init__(self, function: Callable[..., Any], passes: Sequence[Pass], most: int) -> None:
        wraps(function)(self)
        self.function = function
        self.name: str = getattr(function, "__name__", type(function).__name__)
        self.reason: str | None = "it was not called yet"
        self._taken = taken_by(function)
        self._passes = tuple(passes)
        self._most = most
        self._known: OrderedDict[Signature, _Known] = OrderedDict()
        self._lock = RLock()

    @property
    def programs(self) -> list[Program]:
        """The programs that are kept, the one that ran last at the end."""
        return [known.captured if known.runner is None else known.runner.program for known in self._known.values()]

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run the program for these arguments; the first two calls of a kind run the function and record it.

        Raises:
            CaptureError: the function reads a value while it is recorded, or two calls recorded different programs.
        """
        if capturing.get() is not None:
            return self.function(*args, **options)  # part of a larger program
        if active_tape.get() is not None:
            self.reason = "a tape was active, on which it is recorded as usual"
            return self.function(*args, **options)
        if here():
            self.reason = "every record is looked at, as in mg.detect_anomaly"
            return self.function(*args, **options)
        given = arguments(self.function, self._taken, args, options)
        key, leaves = signature_of(self.function, given)
        with self._lock:
            known = self._known.get(key)
            if known is not None and not known.fits():
                del self._known[key]
                known = None
            if known is None or known.runner is None:
                return self._record(key, known, args, options, given)
            self._known.move_to_end(key)
        self.reason = None
        values = known.runner.run([_array(leaf) for leaf in leaves])
        return tree_map(lambda leaf: _returned(leaf, values), known.runner.program.outputs)

    def _record(
        self, key: Signature, known: _Known | None, args: tuple[Any, ...], options: dict[str, Any], given: Any
    ) -> Any:
        """Run the function and record it; what a second call recorded likewise is trusted."""
        program, result = capture(self.function, args, options, given)
        if known is None:
            self.reason = "it was the first call of its kind, which is recorded"
            self._known[key] = _Known(program, (args, options))
            while len(self._known) > self._most:
                self._known.popitem(last=False)
            return result
        self.reason = "it was the second call of its kind, which is compared with the first"
        unlike = difference(known.captured, program)
        if unlike is not None:
            del self._known[key]
            return self._differs(
                errors.CaptureError(
                    f"{self.name} computes something else at each call, and cannot be replayed: {unlike}. What changes "
                    "from call to call must be an argument, a leaf, or drawn by a generator that minigrad knows "
                    "(dropout)"
                ),
                result,
            )
        outputs = _told_apart(known.captured.outputs, program.outputs)
        known.captured = replace(program, outputs=outputs)  # its constants are those of the newer call
        known.trust(self._passes)
        return result

    def _differs(self, error: errors.CaptureError, result: Any) -> Any:
        """What a second call returns that recorded another program than the first.

        Raises:
            CaptureError: always; for windows see ``minigrad.bptt.replayed``.
        """
        raise error

    def explain(self) -> str:
        """What the programs are: the inputs of each, and what its passes left of it."""
        tables = [program.explain() for program in self.programs]
        return "\n".join(tables) if tables else f"{self.name}: no program was recorded yet."

    def measure(self, *args: Any, **options: Any) -> dict[str, float]:
        """Run the program once, as a call does, and return the seconds that instructions took by name, longest first.

        Raises:
            CaptureError: there is no program for these arguments yet; call the function twice.
        """
        key, leaves = signature_of(self.function, arguments(self.function, self._taken, args, options))
        known = self._known.get(key)
        if known is None or known.runner is None or not known.fits():
            raise errors.CaptureError(
                f"{self.name}: there is no program for these arguments yet; the first two calls of a kind record it"
            )
        seconds: dict[str, float] = {}
        known.runner.run([_array(leaf) for leaf in leaves], seconds)
        return dict(sorted(seconds.items(), key=lambda pair: -pair[1]))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method: the instance is the first argument."""
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> Any:
        return Replayed, (self.function, self._passes, self._most)  # a copy records programs of its own

    def __repr__(self) -> str:
        return f"<replay of {self.name}: {len(self._known)} programs>"


def capture(
    function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any], given: dict[str, Any]
) -> tuple[Program, Any]:
    """The program of one call, and what the call returns."""
    recorder = Recorder()
    inputs = []
    stand_ins: dict[int, Any] = {}
    for path, leaf in data(given):
        traced = recorder.input(_array(leaf))
        inputs.append((path, traced.number))
        recorder.given[id(leaf)] = leaf
        stand_ins[id(leaf)] = Leaf(traced, leaf.name) if isinstance(leaf, Leaf) else Tensor(traced)
    passed = tree_map(lambda leaf: stand_ins[id(leaf)] if is_data(leaf) else leaf, (args, options))
    token = capturing.set(recorder)
    try:
        result = function(*passed[0], **passed[1])
    except errors.CaptureError:
        recorder.undo()
        raise
    finally:
        capturing.reset(token)
    name = getattr(function, "__name__", type(function).__name__)
    return recorder.program(name, inputs, result), tree_map(_own, result)


def _array(leaf: Any) -> Any:
    return leaf._value if isinstance(leaf, Tensor) else leaf


def _told_apart(before: Any, after: Any) -> Any:
    """The outputs of a second call: a leaf or an array that both returned is itself, another one is made anew."""
    firsts = iter(tree_leaves(before))

    def told(leaf: Ref | Fixed) -> Ref | Fixed:
        first = next(firsts)
        if isinstance(leaf, Ref) or first.value is leaf.value or not _may_change(leaf.value):
            return leaf
        return Fixed(copy(leaf.value), anew=True)

    return tree_map(told, after)


def _may_change(value: Any) -> bool:
    return isinstance(value, Leaf) or find_module(value) is not None


def _own(leaf: Any) -> Any:
    """What a call that is recorded returns in place of what stood for it."""
    if isinstance(leaf, Held):
        return leaf.value
    if isinstance(leaf, Tensor) and isinstance(leaf._value, Traced):
        return Tensor(leaf._value.array)
    return leaf


def _returned(leaf: Ref | Fixed, values: list[Any]) -> Any:
    if isinstance(leaf, Fixed):
        value = leaf.value
        return copy(value) if leaf.anew or find_module(value) is not None else value
    value = values[1 + leaf.number]
    return Tensor(value) if leaf.tensor else value
