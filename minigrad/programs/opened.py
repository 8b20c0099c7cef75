"""The capture of a function for a batch: rules and sums are noted as the operations that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from .. import errors
from ..engine.capture import Traced, capturing
from ..engine.context import activated
from ..engine.cotangents import unbroadcast
from ..engine.plan import Rules
from ..engine.primitive import Primitive
from ..engine.record import Record
from ..engine.tape import Tape
from ..engine.tensor import Leaf, Tensor
from ..primitives.batching import batched_call
from .capturing import Recorder
from .functions import Read
from .program import Program


class Opened(Recorder):
    """A recorder whose programs consist of operations and reads alone.

    It may work inside another capture, whose values are looked up like leaves.
    """

    def __init__(self) -> None:
        super().__init__()
        self._outer = capturing.get()

    def call(
        self, primitive: Primitive, xp: Any, args: Any, values: list[Any], params: dict[str, Any], tape: Tape | None
    ) -> Any:
        """The result of a forward function, with auxiliary results by the primitives that compute them alone."""
        out = super().call(primitive, xp, args, values, params, tape)
        if not primitive.aux or not isinstance(out, tuple) or not isinstance(out[0], Traced):
            return out
        self.instructions[-1] = replace(self.instructions[-1], results=(out[0].number,))
        with activated(None):
            return (out[0], *(aux(Tensor(values[0]))._value for _, aux in primitive.aux))

    def rules(self, tape: Tape, record: Record, rules: Rules) -> Rules:
        """The same rules on tensors, whose operations are noted."""
        self._step = record.step
        return tuple((argnum, partial(self.noted, "", rule), which) for argnum, rule, which in rules)

    def noted(self, name: str, function: Callable[..., Any], *operands: Any) -> Any:
        """The result of a function, whose operations are noted."""
        first, *rest = operands  # a cotangent, say, that began as an array
        with activated(None):
            given = [self._traced(first), *rest]
            result = function(*[Tensor(each) if isinstance(each, Traced) else each for each in given])
        return result._value if isinstance(result, Tensor) else result

    def summed(self, parts: list[Any]) -> Any:
        """The sum of cotangents that were broadcast: a rule on tensors leaves no other structured ones."""
        with activated(None):
            total = unbroadcast(Tensor(parts[0].g), parts[0].shape)
            for part in parts[1:]:
                total = total + unbroadcast(Tensor(part.g), part.shape)
        return total._value

    def read(self, leaf: Tensor) -> Traced:
        """The value of a tensor, which stays a tensor, so that a gradient reaches it."""
        value = leaf._value
        return value if isinstance(value, Traced) and value.owner is self._owner else self._looked_up(leaf)

    def _mine(self, value: Traced) -> Traced:
        if value.owner is self._owner:
            return value
        if self._outer is None:
            return super()._mine(value)
        return self._looked_up(Tensor(value))

    def effect(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Refused: it would have to happen for each element.

        Raises:
            CaptureError: always.
        """
        raise errors.CaptureError(
            f"vmap: {function.__name__} changes parameters or gradients, which one element of a batch cannot do; "
            "return what is computed for each element, and use it outside"
        )

    def accumulate(self, leaf: Leaf, cotangent: Traced) -> None:
        """Refused likewise.

        Raises:
            CaptureError: always.
        """
        raise errors.CaptureError(
            "vmap: backward() adds into .grad, which one element of a batch cannot do; return tape.gradient(...) or "
            "mg.grad(...)(...), and the result holds the gradient of each element"
        )

    def drawn(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Traced:
        """Refused: whether elements share a mask has to be said.

        Raises:
            CaptureError: always.
        """
        raise errors.CaptureError(
            "vmap: random numbers are drawn inside; draw them outside, and pass them with in_axes=0 for other ones in "
            "each element, or None for the same ones"
        )


def run_batched(program: Program, known: dict[int, tuple[Any, bool]], size: int) -> None:
    """Run a program on the batch; what is ``known`` then has the results."""
    known.update((number, (array, False)) for number, array in program.constants.items())
    for instruction in program.instructions:
        if isinstance(instruction.function, Read):
            known[instruction.results[0]] = instruction.function.leaf, False
            continue
        pairs = [known[each] if isinstance(each, int) else (each.value, False) for each in instruction.operands]
        operands, batched = [x for x, _ in pairs], tuple(leads for _, leads in pairs)
        primitive, params = instruction.primitive, instruction.params
        assert primitive is not None
        if any(batched):
            out = batched_call(primitive, size, operands, batched, params)
        else:
            out = primitive(*operands, **params)
        known[instruction.results[0]] = out, any(batched)
