"""The tape: a linear Wengert list.

Operations append a record each, in the order in which they run. The backward walk goes over that list
in reverse, so there is no sorting and no recursion. *Marks* divide the list into time steps; a *cut*
drops every record before a mark, and whatever those records computed is a constant from then on.

    with Tape() as tape:
        loss = f(x)
        tape.backward(loss)
"""

from __future__ import annotations

import itertools
import operator
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import deepcopy
from threading import get_ident
from typing import TYPE_CHECKING, Any

from .. import errors
from ..checks import check_function, check_name, check_sizes
from . import gradients, kept, origins
from .backend import Array
from .capture import capturing
from .context import activated, active_tape
from .cotangents import Joined
from .hooks import Hook
from .inspection import INSPECTION, kept_by_record
from .record import NOWHERE, Cut, Ids, Past, Record, Scope, Shapes, Walked
from .tensor import Tensor
from .unrecorded import UNRECORDED, refusal
from .watch import Watcher, here

if TYPE_CHECKING:
    from .plan import Plan

_serial = itertools.count(1)
_new = object.__new__
_step_of = operator.attrgetter("step")
_NOBODYS = -1  # a key that no tensor has
_WALKED_LIMIT = 1_000_000  # walked records on a tape that was never cut, before it says so


class Tape:
    """A list of records in execution order, active inside its ``with`` block.

    Args:
        inspect: also keep every value, the cotangents of the last walk, and the records that a cut
            drops (in ``history``), so that a drawing can show numbers and both sides of a cut.

    Attributes:
        records: the records since the last cut.
        names: names given to ids, for printing and drawing.
        cuts: the number of cuts made, and ``last_cut`` the newest of them.
        history: with ``inspect``, what each cut dropped, oldest first.
        values: with ``inspect``, the value of each id.
        constants: with ``inspect``, the numbers among the operands, by the id of the record and their position in it.
        cotangents: with ``inspect``, the cotangents that walks computed, by id.
        walks: with ``inspect``, every walk that did not end with an error, oldest first.
        targets: the ids that the last walk started from, ``unreached`` those of them that depend on no source, and
            ``sources`` those whose cotangents were asked for.
        hooks: functions that see the cotangent of an id, see ``hook``.
        sites: under ``detect_anomaly``, the line of the user's code that recorded each id.
        scopes: with ``inspect``, the stretches that modules and ``mg.scope`` recorded, as they ended.
        hidden: what the walk is to know of values that are no numbers and which a mask has hidden.
    """

    def __init__(self, *, inspect: bool = False) -> None:
        self.inspect = inspect
        self.records: list[Record] = []
        self.names: dict[int, str] = {}
        self.step = 0
        self.mark_names: dict[int, str] = {}
        self.cuts = 0
        self.last_cut: Cut | None = None
        self.history: list[Past] = []
        self.values: dict[int, Array] = {}
        self.constants: dict[tuple[int, int], float] = {}
        self.cotangents: dict[int, Array] = {}
        self.walks: list[Walked] = []
        self.targets: tuple[int, ...] = ()
        self.unreached: tuple[int, ...] = ()
        self.sources: frozenset[int] = frozenset()
        self.hooks: dict[int, list[Hook]] = {}
        self.sites: dict[int, str] = {}
        self.scopes: list[Scope] = []
        self.hidden: Any = None
        self.leaves: dict[int, Any] = {}  # leaves, and constants that no tape recorded
        self._leaf_ids: dict[int, int] = {}  # by the leaf's id(), which is its own as long as ``leaves`` holds it
        self._joined = Joined()
        self._key = next(_serial)
        self._next_id = 0
        self._order = 0
        self._origin = -1
        self._parameters = 0  # that the last cut left
        self._walked = 0
        self._entered = False
        self._thread = get_ident()
        self._outer: Tape | None = None  # the tape that was active when this one was entered
        self._look_around()

    # -- scope ---------------------------------------------------------------------------------

    def __enter__(self) -> Tape:
        if self._entered:
            raise errors.TapeError("this tape is already active; it was entered twice")
        for watcher in here():
            watcher.entering(self)
        self._entered, self._outer, self._thread = True, active_tape.get(), get_ident()
        active_tape.set(self)
        self._look_around()
        return self

    def __exit__(self, *exception: object) -> None:
        inner = active_tape.get()
        if inner is self:
            active_tape.set(self._outer)
        while inner is not None:  # a generator may leave its tape while that of another one is active
            if inner._outer is self:
                inner._outer = self._outer
            inner = inner._outer
        self._entered, self._outer = False, None

    def __getstate__(self) -> dict[str, Any]:
        """What a copy gets. It is a tape of its own, on which the tensors of this one are foreign."""
        fresh = {"_key": next(_serial), "_entered": False, "_outer": None, "_joined": Joined()}
        return {**vars(self), **fresh}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._leaf_ids = {id(leaf): i for i, leaf in self.leaves.items()}
        self._look_around()

    def __copy__(self) -> Tape:
        return deepcopy(self)  # two tapes with one list would mix up their ids

    def paused(self) -> AbstractContextManager[None]:
        """Record nothing inside this block: what is computed there is a constant to the tape."""
        return activated(None)

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        """Those that look on here and now, see ``minigrad.engine.watch``."""
        return ((INSPECTION,) if self.inspect else ()) + here()

    def _look_around(self) -> None:
        """Note whether anybody looks on: while nobody does, ``append`` asks one question for them all.

        While a program is captured no tensor has the key of the tape in the eyes of the unrolled calls, so that every
        call is a general one.
        """
        self._watched = bool(self.watchers)
        self._plain_key = self._key if capturing.get() is None else _NOBODYS

    # -- recording -----------------------------------------------------------------------------

    def append(
        self, plan: Plan, inputs: Ids, shapes: Shapes, residuals: tuple[Any, ...], params: dict[str, Any], out: Array
    ) -> Tensor:
        """Append the record of one operation; returns its result as a tensor on this tape.

        Raises:
            TapeError: another thread records on it.
        """
        if get_ident() != self._thread:
            raise errors.TapeError(
                "this thread was given the context of a thread that has a tape, and recorded on it; records of two "
                "threads would get mixed up. Open a tape in the thread: `with mg.Tape() as tape:`"
            )
        number = self._next_id
        step = self.step
        try:
            shape = out.shape
        except AttributeError:
            raise plan.primitive.no_array(out) from None
        self._next_id = number + 1
        record = Record()  # filled in here: to pass ten arguments to an __init__ takes twice as long
        record.plan = plan
        record.inputs = inputs
        record.out = number
        record.residuals = residuals
        record.params = params
        record.shape = shape
        record.dtype = out.dtype
        record.step = step
        record.order = self._order
        record.origin = self._origin
        record.in_shapes = shapes
        self.records.append(record)
        if self._watched:
            for watcher in self.watchers:
                watcher.recorded(self, record, out)
        tensor = _new(Tensor)
        tensor._value = out
        tensor._place = (self._key, number, step)
        tensor._shape = shape
        return tensor

    def admit(self, tensor: Tensor) -> int:
        """The id of ``tensor`` on this tape; a tensor without a record is admitted as a leaf.

        Raises:
            ForeignTensorError: another tape recorded it, or none did what was computed from a parameter.
        """
        key, number, step = tensor._place
        if key == self._key:
            return number
        known = self._leaf_ids.get(id(tensor))
        if known is not None:
            return known
        if tensor.recorded:
            raise errors.ForeignTensorError(
                f"a tensor of shape {tensor.shape}, recorded on another tape (step {step} there), was used on "
                "this one: its history would be lost silently. To use its value as a constant, write "
                ".detach(); to truncate a recurrence, keep one tape and call tape.cut()"
            )
        if key == UNRECORDED:
            raise refusal(tensor)
        number = self._next_id
        self._next_id = number + 1
        self._leaf_ids[id(tensor)] = number
        self.leaves[number] = tensor
        tensor._place = (self._key, number, -1)
        if tensor.name is not None:
            self.names[number] = tensor.name
        for watcher in self.watchers:
            watcher.admitted(self, number, tensor)
        return number

    def holds(self, value: object) -> bool:
        """Whether ``value`` is a tensor of this tape: recorded on it, or a leaf that was used on it."""
        return isinstance(value, Tensor) and value._place[0] == self._key

    def name(self, tensor: Tensor, name: str) -> Tensor:
        """Name a recorded tensor for printing and drawing, and return it.

        Raises:
            TypeError: the name is no string.
        """
        check_name("tape.name", name)
        self.names[self.admit(tensor)] = name
        return tensor

    def hook(self, tensor: Tensor, function: Hook) -> Callable[[], None]:
        """Call ``function`` with the cotangent of ``tensor`` when a walk has summed it up.

        Args:
            tensor: a leaf, or a tensor on this tape. The cotangent of one that the target does not
                depend on, or of a leaf whose gradient is not asked for, is never computed.
            function: takes the cotangent, a tensor, and returns its replacement, or ``None`` to leave it
                as it is. Under ``create_graph`` what it computes is recorded.

        Returns:
            A function that removes the hook. A cut removes the hooks of what it drops.

        Raises:
            TypeError: there is no function to call.
            ForeignTensorError: another tape recorded the tensor.
            ShapeError: (in the walk) the replacement has another shape.

        >>> import minigrad as mg
        >>> x = mg.parameter(3.0)
        >>> with mg.Tape() as tape:
        ...     y = x * x
        ...     remove = tape.hook(y, lambda cotangent: cotangent * 10)
        ...     tape.backward(y * 2)
        >>> float(x.grad)
        120.0
        """
        check_function("Tape.hook", function)
        hooks = self.hooks.setdefault(self.admit(tensor), [])
        hooks.append(function)
        return lambda: hooks.remove(function) if function in hooks else None

    # -- time ----------------------------------------------------------------------------------

    def mark(self, name: str | None = None) -> int:
        """Begin a time step; records from here on belong to it. Returns the step's number, from 1."""
        self.step += 1
        if name is not None:
            self.mark_names[self.step] = name
        return self.step

    def cut(self, keep: int = 0) -> Cut:
        """Drop every record but those of the last ``keep`` steps.

        Whatever the dropped records computed keeps its value and is a constant from now on: every
        state of every layer, with nothing to detach. The gradient *at* the border can still be asked
        for; the gradient *of* something that was cut away raises ``CutError``.

        Raises:
            TypeError: ``keep`` is no integer.
            ValueError: ``keep`` is negative.
        """
        check_sizes("Tape.cut", 0, keep=keep)
        for watcher in here():
            watcher.cutting(self)
        first_kept = self.step - int(keep) + 1
        index = bisect_left(self.records, first_kept, key=_step_of) if keep else len(self.records)
        kept = kept_by_record(self) if self.inspect else {}
        dropped, self.records = self.records[:index], self.records[index:]
        border = self.records[0].out if self.records else self._next_id
        self.cuts += 1
        last_step = max(0, min(self.step, first_kept - 1))
        first_step = dropped[0].step if dropped else last_step
        self.last_cut = Cut(self.cuts, first_step, last_step, border, len(dropped))
        self._walked = 0
        if self.inspect:
            self.history.append(Past(dropped, self.last_cut, self.targets, kept, self._next_id))
        else:
            self._forget_unused(dropped)
        return self.last_cut

    def _forget_unused(self, dropped: list[Record]) -> None:
        """Drop data, names and marks that no kept record uses; parameters and the newest values stay.

        Where new parameters have come, those without a hook that no record used since the last cut do not stay: in
        every window there may be others.
        """
        used = {i for record in self.records for i in record.inputs}
        used.update(record.out for record in self.records)
        if dropped:
            newest = bisect_left(dropped, dropped[-1].step, key=_step_of)
            used.update(record.out for record in dropped[newest:])
        parameters = {i for i, leaf in self.leaves.items() if leaf.wants_grad}
        if len(parameters) > self._parameters:
            parameters.intersection_update([*self.hooks, *used, *(i for record in dropped for i in record.inputs)])
        self._parameters = len(parameters)
        used |= parameters
        for i in self.leaves.keys() - used:
            if self.leaves[i]._place[0] == self._key:
                self.leaves[i]._place = NOWHERE
        for by_id in (self.leaves, self.names, self.hooks, self.sites):
            for i in by_id.keys() - used:
                del by_id[i]
        self._leaf_ids = {id(leaf): i for i, leaf in self.leaves.items()}
        oldest = self.records[0].step if self.records else self.step
        self.mark_names = {step: name for step, name in self.mark_names.items() if step >= oldest}

    # -- the reverse walk ----------------------------------------------------------------------

    backward = gradients.backward
    gradient = gradients.gradient

    def _count_walked(self, freed: int) -> None:
        """Count the records that were walked since the last cut; a tape that is never cut says so once."""
        before, self._walked = self._walked, self._walked + freed
        if before <= _WALKED_LIMIT < self._walked:
            warnings.warn(
                f"a tape holds {self._walked} records that were walked and never cut; call tape.cut() after "
                "each window, or open a new Tape, to free them",
                stacklevel=4,
            )

    # -- looking at it -------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.records)

    def __bool__(self) -> bool:
        """True, also while the tape is empty."""
        return True

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __getitem__(self, index: Any) -> Any:
        return self.records[index]

    @property
    def nbytes(self) -> int:
        """Bytes that the tape alone keeps alive, that is residual arrays, each once, leaves not counted."""
        return sum(self.kept_bytes())

    kept_bytes = kept.kept_bytes
    time_of = origins.time_of

    def __repr__(self) -> str:
        return f"<Tape: {len(self.records)} records, {self.step} steps, {self.cuts} cuts>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture."""
        from ..draw.notebook import bundle

        return bundle(self, include, exclude)

    def __str__(self) -> str:
        from .show import tape_table

        return tape_table(self)
