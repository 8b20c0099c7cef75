"""A tape of a learner's own engine: read, checked, run again, and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import primitives
from ..arrays.creation import parameter, tensor
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from ..errors import ArgumentError, MisuseError
from ..words import listed, shown

Host = np.ndarray[Any, Any]

_CLOSE = 1e-6  # how far a number may be from the right one, relative to that or to 1
_MOST_ENTRIES = 6  # of an array in a message


class Difference(NamedTuple):
    """Something on a learner's tape that is not what it should be.

    Attributes:
        kind: ``"value"`` of a result, for the values that its record takes, or ``"cotangent"``.
        id: on the learner's tape.
        name: what it is called there, or "".
        yours, right: what the learner's engine has, and what minigrad has; ``None`` for nothing.
        record: the record that computed it, as text; "" for a leaf.
        users: the records that use it, as text: their rules make its cotangent.
    """

    kind: str
    id: int
    name: str
    yours: Host | None
    right: Host | None
    record: str
    users: tuple[str, ...]

    def __str__(self) -> str:
        name = f" {self.name}" if self.name else ""
        made = f" ({self.record})" if self.record else ""
        used = f"; it is used by {listed(self.users)}" if self.users and self.kind == "cotangent" else ""
        return f"{self.kind} of %{self.id}{name}{made}: yours {_text(self.yours)}, right {_text(self.right)}{used}"


def _text(array: Host | None) -> str:
    """An array in a message: a long one by its shape and its first entries."""
    if array is None:
        return "none"
    if array.ndim == 0:
        return f"{array.item():.6g}"
    entries = ", ".join(f"{entry:.4g}" for entry in array.ravel()[:_MOST_ENTRIES].tolist())
    more = ", …" if array.size > _MOST_ENTRIES else ""
    return f"[{entries}{more}] of shape {array.shape}"


class Step(NamedTuple):
    """A record of the learner's, read."""

    op: str
    inputs: tuple[int, ...]
    out: int
    step: int
    params: Mapping[str, Any]

    def __str__(self) -> str:
        return f"%{self.out} = {self.op}({', '.join(f'%{i}' for i in self.inputs)})"


class LearnersTape:
    """What is on the tape.

    Args:
        tape: the learner's, see ``adopt``.

    Attributes:
        steps: the records, in order.
        values: by id, in float64.
        names: by id.
        leaves: the ids that are used and that no record computed, in order.
        users: of each id the records that use it.
    """

    def __init__(self, tape: Any) -> None:
        records, values = getattr(tape, "records", None), getattr(tape, "values", None)
        if not isinstance(values, Mapping) or isinstance(records, (str, Mapping)) or not isinstance(records, Iterable):
            raise MisuseError(
                f"adopt({shown(tape)}): a tape needs a list .records, whose records have .op, .inputs and .out, and a "
                "dict .values from ids to arrays"
            )
        self.steps = [_read(place, record) for place, record in enumerate(records)]
        self.names: dict[int, str] = {i: str(name) for i, name in getattr(tape, "names", {}).items() if name}
        self._makers = {each.out: each for each in self.steps}
        self.leaves = list(dict.fromkeys(i for each in self.steps for i in each.inputs if i not in self._makers))
        self.users: dict[int, list[Step]] = {}
        seen: set[int] = set(self.leaves)
        for each in self.steps:
            late = [i for i in each.inputs if i not in seen]
            if late:
                raise ArgumentError(f"adopt(): record {each} takes %{late[0]}, which a later record computes")
            if each.out in seen:
                raise ArgumentError(
                    f"adopt(): record {each} computes %{each.out} a second time; each record has a new id"
                )
            seen.add(each.out)
            for i in dict.fromkeys(each.inputs):
                self.users.setdefault(i, []).append(each)
        ids = [*self.leaves, *self._makers]
        self.values = {i: _array(f"the value of %{i}", values[i]) for i in ids if i in values}
        missing = [i for i in ids if i not in self.values]
        if missing:
            user = self.users.get(missing[0])
            where = f", which {user[0]} takes" if user else ""
            raise ArgumentError(f"adopt(): .values has nothing for %{missing[0]}{where}")

    def check(self, setting: str, given: Collection[int], there: Collection[int], what: str) -> None:
        """Refuse ids that are not there.

        Raises:
            ValueError: naming them.
        """
        strange = [i for i in given if i not in there]
        if strange:
            raise ArgumentError(f"adopt({setting}=...): there is no {what} {listed([f'%{i}' for i in strange])}")

    def ends(self, targets: int | Iterable[int] | None) -> list[int]:
        """The ids that were walked back from."""
        if targets is None:
            return [self.steps[-1].out] if self.steps else []
        found = [targets] if isinstance(targets, int) else list(targets)
        self.check("targets", found, self.values, "id")
        return found

    def replayed(self, weights: Collection[int]) -> tuple[Tape, dict[int, Tensor]]:
        """A tape of minigrad with the same records, on the learner's leaves, and the tensor of each id.

        Args:
            weights: the leaves that are parameters there.
        """
        with Tape(inspect=True) as own:
            tensors: dict[int, Tensor] = {
                i: (parameter if i in weights else tensor)(self.values[i], name=self.names.get(i)) for i in self.leaves
            }
            for each in self.steps:
                while own.step < each.step:
                    own.mark()
                result = _run(each, [tensors[i] for i in each.inputs])
                tensors[each.out] = own.name(result, self.names[each.out]) if each.out in self.names else result
        return own, tensors

    def wrong_values(self) -> Iterator[Difference]:
        """The results that are not what their record makes of the values that the learner has."""
        for each in self.steps:
            right = np.asarray(_run(each, [tensor(self.values[i]) for i in each.inputs]).value)
            if not _equal(self.values[each.out], right):
                yield self._difference("value", each.out, self.values[each.out], right)

    def wrong_cotangents(self, yours: Mapping[int, Any], right: Mapping[int, Host | None]) -> Iterator[Difference]:
        """The cotangents that differ, in the order of the walk: the newest first, and the leaves last.

        Args:
            yours: what the learner's walk found; what is missing there counts as nothing, and as wrong if it is not 0.
            right: the same of minigrad, ``None`` for what the targets do not depend on.
        """
        if not isinstance(yours, Mapping):
            raise MisuseError(
                f"adopt(cotangents={shown(yours)}): give the dict from ids to arrays that your walk found"
            )
        for i in [*(each.out for each in reversed(self.steps)), *self.leaves]:
            own, wanted = yours.get(i), right[i]
            mine = None if own is None else _array(f"the cotangent of %{i}", own)
            if not _equal(_or_zero(mine, wanted), _or_zero(wanted, mine)):
                yield self._difference("cotangent", i, mine, wanted)

    def _difference(self, kind: str, i: int, yours: Host | None, right: Host | None) -> Difference:
        record = str(self._makers.get(i, ""))
        users = tuple(str(each) for each in self.users.get(i, ()))
        return Difference(kind, i, self.names.get(i, ""), yours, right, record, users)


def _read(place: int, record: Any) -> Step:
    """A record, whose parts are checked."""
    try:
        op, inputs, out = record.op, tuple(record.inputs), record.out
    except (AttributeError, TypeError):
        raise MisuseError(
            f"adopt(): record {place} of the tape is {shown(record)}; it needs .op, .inputs (ids) and .out (an id)"
        ) from None
    strange = [i for i in (*inputs, out) if not isinstance(i, (int, np.integer))]
    if strange:
        raise MisuseError(
            f"adopt(): record {place} ({op}) has {shown(strange[0])} where an id, a whole number, belongs"
        )
    if not isinstance(op, str) or op.startswith("_") or not callable(getattr(primitives, op, None)):
        raise ArgumentError(
            f"adopt(): record {place} is called {shown(op)}, and minigrad has no operation of that name; it uses those "
            "of NumPy, such as add, multiply, matmul, tanh and sum"
        )
    return Step(op, inputs, out, int(getattr(record, "step", 0)), dict(getattr(record, "params", None) or {}))


def _run(step: Step, operands: list[Tensor]) -> Tensor:
    try:
        result = getattr(primitives, step.op)(*operands, **step.params)
    except (TypeError, ValueError) as refused:
        raise ArgumentError(f"adopt(): {step} cannot be run: {refused}") from None
    if not isinstance(result, Tensor):
        raise ArgumentError(f"adopt(): {step} has several results; a record has one")
    return result


def _array(what: str, value: Any) -> Host:
    try:
        return np.array(getattr(value, "value", value), dtype=np.float64)
    except (TypeError, ValueError):
        raise MisuseError(f"adopt(): {what} is {shown(value)}, which is no array of numbers") from None


def _or_zero(array: Host | None, other: Host | None) -> Host:
    """An array; nothing counts as zeros of the shape of the other one."""
    return np.zeros_like(other) if array is None and other is not None else np.zeros(()) if array is None else array


def _equal(yours: Host, right: Host) -> bool:
    if yours.shape != right.shape:
        return False
    return bool(np.allclose(yours, right, rtol=_CLOSE, atol=_CLOSE, equal_nan=True))
