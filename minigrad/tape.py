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
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, Token
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from numpy import ndarray

from . import anomaly, errors
from .backend import Array, as_array, device_of, module_of
from .cotangent import STRUCTURED, Joined, accumulated, dense, narrow

if TYPE_CHECKING:
    from .primitive import Plan
    from .tensor import Leaf

# The key of a tape, the id there, and the step, or -1 for what no operation recorded: then it only says
# where the tensor was last used. It is replaced as a whole, so that two threads never see half of it.
Place = tuple[int, int, int]
NOWHERE: Place = (0, -1, -1)

active_tape: ContextVar[Tape | None] = ContextVar("active_tape", default=None)

# Called before a tape is entered ("enter") or cut ("cut"); `minigrad draw` finds the tapes of a script so.
observers: list[Callable[[Tape, str], None]] = []

Hook = Callable[["Tensor"], Any]  # what sees a cotangent, and may return another

_serial = itertools.count(1)
_step_of = attrgetter("step")
_out_of = attrgetter("out")
_WALKED_LIMIT = 1_000_000  # walked records on a tape that was never cut, before it says so


class Record:
    """One operation on the tape: plain data, no closure.

    Attributes:
        plan: the primitive with the rules of those operands that are tensors.
        inputs: for each operand its id on the tape, or ``None`` for a constant array or number.
        out: the id of the result.
        residuals: what the rules need, in the order of ``plan.saves``; ``None`` once a walk freed it.
        params: static parameters such as ``axis``.
        shape, dtype: of the result.
        step: the time step (number of marks before it) the record belongs to.
        order: 0 if the forward computation recorded it, n if the n-th nested backward walk did.
        in_shapes: for each operand its shape, or ``None`` for a number.
    """

    __slots__ = (
        "dtype",
        "in_shapes",
        "inputs",
        "order",
        "out",
        "params",
        "plan",
        "residuals",
        "shape",
        "step",
    )

    def __init__(
        self,
        plan: Plan,
        inputs: Sequence[int | None],
        out: int,
        residuals: tuple[Any, ...] | None,
        params: dict[str, Any],
        shape: tuple[int, ...],
        dtype: Any,
        step: int,
        order: int,
        in_shapes: Sequence[tuple[int, ...] | None],
    ) -> None:
        self.plan = plan
        self.inputs = inputs
        self.out = out
        self.residuals = residuals
        self.params = params
        self.shape = shape
        self.dtype = dtype
        self.step = step
        self.order = order
        self.in_shapes = in_shapes

    @property
    def op(self) -> str:
        """The primitive's name."""
        return self.plan.primitive.name

    @property
    def nbytes(self) -> int:
        """Bytes of the residual arrays that this record keeps alive (shared ones counted in each)."""
        return sum(array.nbytes for array in self.arrays())

    def arrays(self) -> list[Array]:
        """The arrays among the residuals."""
        return [r for r in self.residuals or () if hasattr(r, "nbytes") and hasattr(r, "dtype")]

    def __repr__(self) -> str:
        inputs = ", ".join("·" if i is None else f"%{i}" for i in self.inputs)
        return f"%{self.out} = {self.op}({inputs}) : {self.dtype}{list(self.shape)} @step {self.step}"


class Cut(NamedTuple):
    """What ``Tape.cut`` did: the steps it dropped, and the first id that survived."""

    number: int
    first_step: int
    last_step: int
    border: int
    dropped: int


class Past(NamedTuple):
    """A stretch of tape that a cut dropped, kept for inspection, with the targets of its last walk."""

    records: list[Record]
    cut: Cut
    targets: tuple[int, ...]


class Walked(NamedTuple):
    """A reverse walk, remembered for inspection: the cuts and ids before it, its targets, and what arrived where."""

    cuts: int
    ids: int
    targets: tuple[int, ...]
    cotangents: dict[int, Array]


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
        cotangents: with ``inspect``, the cotangents that walks computed, by id.
        walks: with ``inspect``, every walk, oldest first.
        targets: the ids that the last walk started from.
        hooks: functions that see the cotangent of an id, see ``hook``.
        sites: under ``detect_anomaly``, the line of the user's code that recorded each id.
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
        self.cotangents: dict[int, Array] = {}
        self.walks: list[Walked] = []
        self.targets: tuple[int, ...] = ()
        self.hooks: dict[int, list[Hook]] = {}
        self.sites: dict[int, str] = {}
        self.leaves: dict[int, Tensor] = {}
        self._leaf_ids: dict[int, int] = {}
        self._key = next(_serial)
        self._next_id = 0
        self._order = 0
        self._walked = 0
        self._token: Token[Tape | None] | None = None
        self._set_watched()

    # -- scope ---------------------------------------------------------------------------------

    def __enter__(self) -> Tape:
        if self._token is not None:
            raise errors.TapeError(f"this tape is already active; it was entered twice (at {errors.user_line()})")
        for observe in observers:
            observe(self, "enter")
        self._token = active_tape.set(self)
        self._set_watched()
        return self

    def __exit__(self, *exception: object) -> None:
        token, self._token = self._token, None
        if token is not None:
            active_tape.reset(token)

    def paused(self) -> AbstractContextManager[None]:
        """Record nothing inside this block: what is computed there is a constant to the tape."""
        return activated(None)

    def _set_watched(self) -> None:
        """Note whether records are to be looked at as they are appended: in ``append``, one test covers it."""
        self._watched = self.inspect or anomaly.detecting.get() is not None

    # -- recording -----------------------------------------------------------------------------

    def append(
        self,
        plan: Plan,
        inputs: Sequence[int | None],
        shapes: Sequence[tuple[int, ...] | None],
        residuals: tuple[Any, ...],
        params: dict[str, Any],
        out: Array,
    ) -> Tensor:
        """Append the record of one operation; returns its result as a tensor on this tape."""
        number = self._next_id
        step = self.step
        shape = out.shape
        self._next_id = number + 1
        self.records.append(
            Record(plan, inputs, number, residuals, params, shape, out.dtype, step, self._order, shapes)
        )
        if self._watched:
            if self.inspect:
                self.values[number] = out
            anomaly.check_value(self, self.records[-1], out)
        return Tensor(out, (self._key, number, step), shape)

    def admit(self, tensor: Tensor) -> int:
        """The id of ``tensor`` on this tape; a tensor without a record is admitted as a leaf.

        Raises:
            ForeignTensorError: another tape recorded it.
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
                f"this one: its history would be lost silently. To use its value as a constant, write "
                f".detach(); to truncate a recurrence, keep one tape and call tape.cut() "
                f"(at {errors.user_line()})"
            )
        number = self._next_id
        self._next_id = number + 1
        self._leaf_ids[id(tensor)] = number
        self.leaves[number] = tensor
        tensor._place = (self._key, number, -1)
        if tensor.name is not None:
            self.names[number] = tensor.name
        if self.inspect:
            self.values[number] = tensor._value
        return number

    def name(self, tensor: Tensor, name: str) -> Tensor:
        """Name a recorded tensor for printing and drawing, and return it.

        Raises:
            TypeError: the name is no string.
        """
        if not isinstance(name, str):
            raise TypeError(f"tape.name: the name must be a string, not {name!r} (at {errors.user_line()})")
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
        if not isinstance(keep, int):
            raise TypeError(f"cut(keep={keep!r}): the number of steps to keep must be an integer")
        if keep < 0:
            raise ValueError(f"cut(keep={keep}): the number of steps to keep cannot be negative")
        for observe in observers:
            observe(self, "cut")
        first_kept = self.step - keep + 1
        index = bisect_left(self.records, first_kept, key=_step_of) if keep else len(self.records)
        dropped, self.records = self.records[:index], self.records[index:]
        border = self.records[0].out if self.records else self._next_id
        self.cuts += 1
        last_step = max(0, min(self.step, first_kept - 1))
        first_step = dropped[0].step if dropped else last_step
        self.last_cut = Cut(self.cuts, first_step, last_step, border, len(dropped))
        self._walked = 0
        if self.inspect:
            self.history.append(Past(dropped, self.last_cut, self.targets))
        else:
            self._forget_unused(dropped)
        return self.last_cut

    def _forget_unused(self, dropped: list[Record]) -> None:
        """Drop data, names and marks that no kept record uses; parameters and the newest values stay."""
        used = {i for record in self.records for i in record.inputs}
        used.update(record.out for record in self.records)
        used.update(record.out for record in dropped if record.step == dropped[-1].step)
        used.update(i for i, leaf in self.leaves.items() if leaf.wants_grad)
        for i, leaf in self.leaves.items():
            if i not in used and leaf._place[0] == self._key:
                leaf._place = NOWHERE
        self.leaves = {i: leaf for i, leaf in self.leaves.items() if i in used}
        self._leaf_ids = {id(leaf): i for i, leaf in self.leaves.items()}
        self.names = {i: name for i, name in self.names.items() if i in used}
        self.hooks = {i: hooks for i, hooks in self.hooks.items() if i in used}
        self.sites = {i: site for i, site in self.sites.items() if i in used}
        self.mark_names = {
            s: name
            for s, name in self.mark_names.items()
            if s > self.step - 1 or (self.records and s >= self.records[0].step)
        }

    # -- the reverse walk ----------------------------------------------------------------------

    def backward(self, target: Tensor | Sequence[Tensor], seed: Any = None, retain: bool = False) -> None:
        """Walk back from ``target`` and add the gradients into ``.grad`` of the parameters.

        Args:
            target: a scalar tensor, or several, whose sum is differentiated.
            seed: the cotangent of the target (one for each target), needed when it is no scalar.
            retain: keep the residuals of the walked records, so that they can be walked again.

        Raises:
            ShapeError: a target that is no scalar without a seed, or a seed of another shape.
            UnusedError: the target depends on no parameter.
            ConsumedError, CutError, ForeignTensorError: see ``gradient``.
        """
        wanted = {i: leaf for i, leaf in self.leaves.items() if leaf.wants_grad}
        cotangents = self._walk(target, seed, set(wanted), retain, create_graph=False)
        if not cotangents:
            where = f" since cut {self.cuts}" if self.cuts else ""
            raise errors.UnusedError(
                f"backward(): the target depends on no parameter that was used on this tape{where}; make "
                f"the leaves that want a gradient with mg.parameter (at {errors.user_line()})"
            )
        for i, cotangent in cotangents.items():
            leaf: Leaf = wanted[i]  # type: ignore[assignment]
            leaf.accumulate(cotangent)

    @overload
    def gradient(
        self,
        target: Tensor | Sequence[Tensor],
        sources: Tensor,
        seed: Any = None,
        create_graph: bool = False,
        retain: bool = False,
        unused: Literal["raise", "zero"] = "raise",
    ) -> Tensor: ...

    @overload
    def gradient(
        self,
        target: Tensor | Sequence[Tensor],
        sources: Sequence[Tensor],
        seed: Any = None,
        create_graph: bool = False,
        retain: bool = False,
        unused: Literal["raise", "zero"] = "raise",
    ) -> list[Tensor]: ...

    @overload
    def gradient(
        self,
        target: Tensor | Sequence[Tensor],
        sources: Tensor | Sequence[Tensor],
        seed: Any = None,
        create_graph: bool = False,
        retain: bool = False,
        unused: Literal["raise", "zero", "none"] = "raise",
    ) -> Any: ...

    def gradient(
        self,
        target: Tensor | Sequence[Tensor],
        sources: Tensor | Sequence[Tensor],
        seed: Any = None,
        create_graph: bool = False,
        retain: bool = False,
        unused: Literal["raise", "zero", "none"] = "raise",
    ) -> Any:
        """The gradient of ``target`` with respect to any tensors on the tape; ``.grad`` is untouched.

        Args:
            target: a scalar tensor, or several, whose sum is differentiated.
            sources: a tensor or a sequence of tensors: leaves, intermediates, or a value at the border
                of a cut, where it is what truncation throws away.
            seed: the cotangent of the target (one for each target), needed when it is no scalar.
            create_graph: record the walk on this tape, so that the result can be differentiated.
                Implies ``retain``.
            retain: keep the residuals of the walked records, so that they can be walked again.
            unused: what to do about a source that the target does not depend on: ``"raise"``, or
                return zeros (``"zero"``) or ``None`` (``"none"``) for it.

        Returns:
            One tensor for one source, else a list, each with its source's shape and dtype.

        Raises:
            ShapeError: a target that is no scalar without a seed, or a seed of another shape.
            DTypeError: a source that is not floating point.
            UnusedError: the target does not depend on a source, and ``unused="raise"``.
            CutError: the target, or a source, was cut away.
            ConsumedError: an earlier walk freed what this one needs.
            ForeignTensorError: the target or a source is on another tape.
        """
        if unused not in ("raise", "zero", "none"):
            raise ValueError(f"unused={unused!r}: use 'raise', 'zero' or 'none'")
        single = is_tensor(sources)
        wanted: list[Tensor] = [sources] if single else list(sources)  # type: ignore[list-item]
        ids = [self._source_id(source) for source in wanted]
        cotangents = self._walk(target, seed, {i for i in ids if i is not None}, retain, create_graph)
        results: list[Tensor | None] = []
        for source, i in zip(wanted, ids, strict=True):
            cotangent = None if i is None else cotangents.get(i)
            if cotangent is not None:
                if create_graph:
                    results.append(cotangent if cotangent.dtype == source.dtype else cotangent.astype(source.dtype))
                else:
                    results.append(Tensor(_owned(cotangent, source.dtype)))
            elif unused == "zero":
                xp = module_of(source._value)
                results.append(Tensor(xp.zeros(source.shape, source.dtype)))
            elif unused == "none":
                results.append(None)
            else:
                raise self._unused(source)
        return results[0] if single else results

    def _walk(
        self,
        target: Tensor | Sequence[Tensor],
        seed: Any,
        wanted: set[int],
        retain: bool,
        create_graph: bool,
        since: int = 0,
    ) -> dict[int, Any]:
        """The reverse walk: cotangents of the ``wanted`` ids that the target depends on.

        A cotangent is an array, or a tensor under ``create_graph``. Records before index ``since`` are
        left alone.
        """
        cotangents = self._seed(target, seed, create_graph)
        self.targets = tuple(cotangents)
        kept: dict[int, Array] | None = {} if self.inspect else None
        if kept is not None:
            self.walks.append(Walked(self.cuts, self._next_id, self.targets, kept))
        stop = self._index_after(max(cotangents, default=-1))
        start = max(since, self._index_after(min(wanted, default=-1)))
        dependent = self._dependents(wanted, start, stop)
        cotangents = {i: g for i, g in cotangents.items() if i in dependent}
        found: dict[int, Any] = {}
        joined = Joined()
        records = self.records
        searched = anomaly.detecting.get() is not None
        watched = searched or self.inspect or self.hooks
        free = not (retain or create_graph)
        token = active_tape.set(self if create_graph else None)
        self._order += create_graph
        try:
            for index in range(stop - 1, start - 1, -1):
                record = records[index]
                g = cotangents.pop(record.out, None)
                if g is None:
                    continue
                if type(g) is not ndarray:
                    g = dense(g, joined)
                if g.dtype is not record.dtype and g.dtype != record.dtype:
                    g = g.astype(record.dtype)
                if watched:
                    g = self._arrived(record.out, g, create_graph, kept)
                if record.out in wanted:
                    found[record.out] = g
                    if dependent.isdisjoint(record.inputs):
                        continue  # the walk ends at this source
                residuals = record.residuals
                if residuals is None:
                    raise self._consumed(record)
                if searched:
                    anomaly.check_rules(self, record, g, dependent)
                if create_graph:
                    residuals = record.plan.as_tensors(self, record)
                inputs = record.inputs
                shapes = record.in_shapes
                for argnum, rule, take in record.plan.rules:
                    i = inputs[argnum]
                    if i not in dependent:
                        continue
                    contribution = rule(g, *residuals) if take is None else rule(g, *take(residuals))
                    if type(contribution) is not ndarray or contribution.shape != shapes[argnum]:
                        contribution = _checked_contribution(record, argnum, contribution)
                    previous = cotangents.get(i)
                    if previous is None:
                        cotangents[i] = contribution
                    elif type(previous) is ndarray is type(contribution):
                        cotangents[i] = previous + contribution
                    else:
                        cotangents[i] = accumulated(previous, contribution, joined)
                if free:
                    record.residuals = None
                    self._walked += 1
        finally:
            self._order -= create_graph
            active_tape.reset(token)
        for i, g in cotangents.items():  # what is left belongs to leaves and to values at the border
            if i in wanted:
                g = dense(g, joined)
                found[i] = self._arrived(i, g, create_graph, kept) if watched else g
        if self._walked > _WALKED_LIMIT:
            self._warn_never_cut()
        return found

    def _arrived(self, i: int, g: Any, create_graph: bool, kept: dict[int, Array] | None) -> Any:
        """The cotangent of ``i``, now complete, as the hooks leave it; kept for inspection, and checked."""
        for function in self.hooks.get(i, ()):
            with activated(self if create_graph else None):
                result = function(g if create_graph else Tensor(g))
            if result is None:
                continue
            value = result._value if is_tensor(result) else as_array(result)
            if value.shape != g.shape:
                raise errors.ShapeError(
                    f"a hook on {self.names.get(i, f'%{i}')} returned shape {value.shape} for a cotangent of "
                    f"shape {g.shape}"
                )
            value = value.astype(g.dtype) if value.dtype != g.dtype else value
            g = value if not create_graph else result if is_tensor(result) else Tensor(value)
        if kept is not None:
            kept[i] = g._value if create_graph else g
            if not create_graph:
                self.cotangents[i] = g
        anomaly.check_cotangent(self, i, g)
        return g

    def _seed(self, target: Tensor | Sequence[Tensor], seed: Any, create_graph: bool) -> dict[int, Any]:
        """The cotangents of the targets, by id."""
        targets: list[Tensor]
        if is_tensor(target):
            targets, seeds = [target], [seed]  # type: ignore[list-item]
        else:
            targets = list(target)
            seeds = [None] * len(targets) if seed is None else list(seed)
            if len(seeds) != len(targets):
                raise errors.ShapeError(f"{len(targets)} targets were given with {len(seeds)} seeds")
        cotangents: dict[int, Any] = {}
        for each, value in zip(targets, seeds, strict=True):
            i = self._target_id(each)
            g = _checked_seed(each, value)
            if create_graph:
                g = g if is_tensor(g) else Tensor(g)
                self.admit(g)  # where the walk hands the seed on unchanged, it is the result
            elif not create_graph and is_tensor(g):
                g = g._value
            cotangents[i] = cotangents[i] + g if i in cotangents else g
        return cotangents

    def _dependents(self, sources: set[int], start: int, stop: int) -> set[int]:
        """The ids of ``sources`` and of the floating-point values, of these records, that depend on them."""
        dependent = set(sources)
        if sources:
            add, apart = dependent.add, dependent.isdisjoint
            for record in self.records[start:stop]:
                if not apart(record.inputs) and record.plan.rules and record.dtype.kind == "f":
                    add(record.out)
        return dependent

    def _index_after(self, number: int) -> int:
        """The index just behind the newest record whose id is at most ``number``."""
        return bisect_left(self.records, number + 1, key=_out_of)

    # -- messages ------------------------------------------------------------------------------

    def _target_id(self, target: Tensor) -> int:
        key, number, _ = target._place
        if key == self._key:
            if self.last_cut and number < self.last_cut.border and target.recorded:
                raise self._cut_away("the target", target)
            return number
        if target.recorded:
            raise errors.ForeignTensorError(
                f"the target was recorded on another tape; call backward on the tape that recorded it "
                f"(at {errors.user_line()})"
            )
        known = self._leaf_ids.get(id(target))
        if known is None:
            raise errors.TapeError(
                f"the target, of shape {target.shape}, is not on this tape: it was computed while no tape "
                f"was active, or is a leaf that was never used (at {errors.user_line()})"
            )
        return known

    def _source_id(self, source: Tensor) -> int | None:
        if source.dtype.kind != "f":
            raise errors.DTypeError(
                f"a gradient was asked for with respect to a tensor of dtype {source.dtype}; only "
                f"floating-point tensors have one (at {errors.user_line()})"
            )
        if source._place[0] == self._key:
            return source._place[1]
        if source.recorded:
            raise errors.ForeignTensorError(
                f"a source of shape {source.shape} was recorded on another tape (at {errors.user_line()})"
            )
        return self._leaf_ids.get(id(source))

    def _cut_away(self, what: str, tensor: Tensor) -> errors.CutError:
        cut = self.last_cut
        assert cut is not None
        return errors.CutError(
            f"{what}, of shape {tensor.shape}, was computed at step {tensor._place[2]}; cut {cut.number} dropped "
            f"every step up to {cut.last_step}, and the tape now holds window {cut.number + 1}, from step "
            f"{cut.last_step + 1} on. Ask before the cut, or keep more steps with cut(keep=...) "
            f"(at {errors.user_line()})"
        )

    def _unused(self, source: Tensor) -> Exception:
        key, number, _ = source._place
        if key == self._key and source.recorded and self.last_cut and number < self.last_cut.border:
            return self._cut_away("a source", source)
        name = f" {source.name!r}" if source.name else ""
        return errors.UnusedError(
            f"the target does not depend on the source{name} of shape {source.shape}; pass unused='zero' or "
            f"unused='none' if that is meant (at {errors.user_line()})"
        )

    def _consumed(self, record: Record) -> errors.ConsumedError:
        return errors.ConsumedError(
            f"{record.op} (%{record.out}, step {record.step}) was walked before and its residuals are freed; "
            f"pass retain=True to the first walk if it is to be walked twice (at {errors.user_line()})"
        )

    def _warn_never_cut(self) -> None:
        global _never_cut_said
        if not _never_cut_said:
            _never_cut_said = True
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
        residuals = {id(r): r for record in self.records if record.residuals for r in record.residuals}
        owners = {id(owner): owner for r in residuals.values() if hasattr(r, "nbytes") for owner in (_owner(r),)}
        for leaf in self.leaves.values():
            owners.pop(id(_owner(leaf._value)), None)
        return sum(owner.nbytes for owner in owners.values())

    def __repr__(self) -> str:
        return f"<Tape: {len(self.records)} records, {self.step} steps, {self.cuts} cuts>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture."""
        from .draw.notebook import bundle

        return bundle(self, include, exclude)

    def __str__(self) -> str:
        from .table import tape_table

        return tape_table(self)


_never_cut_said = False


@contextmanager
def activated(tape: Tape | None) -> Iterator[None]:
    """Record on ``tape``, or with ``None`` nowhere, inside this block."""
    token = active_tape.set(tape)
    try:
        yield
    finally:
        active_tape.reset(token)


def current_tape() -> Tape:
    """The active tape.

    Raises:
        TapeError: none is active.
    """
    tape = active_tape.get()
    if tape is None:
        raise errors.TapeError(f"no tape is active: compute inside `with mg.Tape() as tape:` (at {errors.user_line()})")
    return tape


def _checked_seed(target: Tensor, seed: Any) -> Any:
    """The cotangent of ``target``: ones for a scalar, else the seed in the target's shape and dtype."""
    xp = module_of(target._value)
    if type(seed) is float and target.shape == () and target.dtype.kind == "f":
        return xp.asarray(seed, target.dtype)
    if target.dtype.kind != "f":
        raise errors.DTypeError(
            f"the target has dtype {target.dtype}; only a floating-point one has a gradient (at {errors.user_line()})"
        )
    if seed is None:
        if target.shape != ():
            raise errors.ShapeError(
                f"the target has shape {target.shape}, not (): reduce it with .sum() or .mean(), or pass a "
                f"seed of shape {target.shape} (at {errors.user_line()})"
            )
        return xp.ones((), target.dtype)
    value = getattr(seed, "_value", None)
    array = as_array(seed if value is None else value)
    if module_of(array) is not xp and array.shape != ():
        raise errors.DeviceError(
            f"the seed is on {device_of(array)}, the target on {device_of(target._value)} (at {errors.user_line()})"
        )
    if array.shape != target.shape:
        raise errors.ShapeError(
            f"the seed has shape {array.shape}, the target {target.shape} (at {errors.user_line()})"
        )
    if array.dtype.kind not in "fiu":
        raise errors.DTypeError(
            f"the seed has dtype {array.dtype}, the target {target.dtype} (at {errors.user_line()})"
        )
    return seed if value is not None else xp.array(array, dtype=target.dtype, copy=True)


def _checked_contribution(record: Record, argnum: int, contribution: Any) -> Any:
    """What a rule returned, summed down to the operand's shape if the primitive broadcasts.

    Raises:
        RuleError: it is no cotangent of that operand.
    """
    if type(contribution) in STRUCTURED:
        return contribution
    got = getattr(contribution, "shape", None)
    expected = record.in_shapes[argnum]
    if got == expected:
        return contribution
    if got == record.shape and record.plan.primitive.broadcasts:
        return narrow(contribution, expected or ())
    what = f"shape {got}" if got is not None else f"{contribution!r}"
    raise errors.RuleError(
        f"the vjp rule of {record.op} for argument {argnum} returned {what}; expected a cotangent of shape {expected}"
    )


def _owned(array: Array, dtype: Any) -> Array:
    """A fresh array of ``dtype`` that nothing else refers to."""
    return module_of(array).array(array, dtype=dtype, copy=True)


def _owner(array: Array) -> Array:
    """The array that owns the memory of a view."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


from .tensor import Tensor, is_tensor  # noqa: E402  (a tensor knows the active tape, so it comes second)
