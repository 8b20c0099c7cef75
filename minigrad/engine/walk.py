"""The reverse walk over a tape."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from numpy import ndarray

from .. import errors
from . import plan as plans
from .backend import HOST, REAL
from .capture import capturing
from .context import active_tape
from .cotangents import STRUCTURED, Pending, accumulated, dense, narrow
from .ends import Targets, cotangents_of
from .hooks import HOOKS
from .record import Record
from .tensor import Tensor, is_tensor

if TYPE_CHECKING:
    from .tape import Tape
    from .watch import Watcher

_out_of = attrgetter("out")


def walk(
    tape: Tape,
    target: Targets,
    seed: Any,
    wanted: Mapping[int, Any],
    retain: bool,
    create_graph: bool,
    since: int = 0,
) -> dict[int, Any]:
    """The reverse walk: cotangents of the ``wanted`` values, by id, that the target depends on.

    A cotangent is an array, or a tensor under ``create_graph``, of the shape and dtype of its value. Records before
    index ``since`` are left alone.
    """
    free = not (retain or create_graph)
    freed = 0
    walked: list[Record] = []
    watchers: list[Watcher] = []
    joined = tape._joined
    capture = capturing.get()
    token = active_tape.set(tape if create_graph else None)
    tape._order += create_graph
    origin = tape._origin
    try:
        cotangents = cotangents_of(tape, target, seed, create_graph)
        targets = tuple(cotangents)
        watchers = [watcher.walking(tape, cotangents, wanted) for watcher in tape.watchers]
        if tape.hooks:
            watchers.insert(0, HOOKS)
        stop = _index_after(tape, max(cotangents, default=-1))
        start = max(since, _index_after(tape, min(wanted, default=-1)))
        dependent = dependents(tape, wanted, start, stop)
        cotangents = {i: g for i, g in cotangents.items() if i in dependent}
        found: dict[int, Any] = {}
        repeatable = watchers or plans.users  # where a user's function may raise, all is kept until the end
        hidden = tape.hidden
        masked = -1 if hidden is None else hidden.before
        for record in reversed(tape.records[start:stop]):
            out = record.out
            g = cotangents.pop(out, None)
            if g is None:
                continue
            if type(g) is not ndarray and type(g) not in HOST:
                g = dense(g, joined)
            if create_graph:
                tape._origin = out
                g = g if is_tensor(g) else Tensor(g)  # a rule that returned a constant
            if g.dtype is not record.dtype and g.dtype != record.dtype:
                g = _cast(tape, out, g, record.dtype)
            if watchers:
                for watcher in watchers:
                    g = watcher.arrived(tape, out, g)
            inputs = record.inputs
            if out in wanted:
                found[out] = g
                if dependent.isdisjoint(inputs):
                    continue  # the walk ends at this source
            residuals = record.residuals
            if residuals is None:
                raise _consumed(tape, record)
            plan = record.plan
            if create_graph:
                residuals = plan.as_tensors(tape, record)
            if out < masked:
                residuals = hidden.replaced(record, g, residuals)
            shapes = record.in_shapes
            rules = plan.rules if plan.joint is None else plan.rules_at(g, residuals)
            if capture is not None and plan.joint is None and not create_graph:
                rules = capture.rules(tape, record, rules)
            if watchers:
                for watcher in watchers:
                    watcher.ruling(tape, record, rules, g, dependent)
            for argnum, rule, which in rules:
                i = inputs[argnum]
                if i not in dependent:
                    continue
                if not which:
                    contribution = rule(g)
                elif len(which) == 1:
                    contribution = rule(g, residuals[which[0]])
                elif len(which) == 2:
                    contribution = rule(g, residuals[which[0]], residuals[which[1]])
                else:
                    contribution = rule(g, *[residuals[k] for k in which])
                kind = type(contribution)
                plain = kind is ndarray or kind in HOST
                fits = contribution.shape == shapes[argnum] if plain else kind in STRUCTURED
                if not fits:
                    contribution = _fitted(record, argnum, contribution)
                previous = cotangents.get(i)
                if previous is None:
                    cotangents[i] = contribution
                elif type(previous) is ndarray is type(contribution):
                    cotangents[i] = previous + contribution
                elif type(previous) is Pending:
                    previous.add(contribution, joined)
                else:
                    cotangents[i] = accumulated(previous, contribution, joined)
            if free:
                freed += 1
                if repeatable:
                    walked.append(record)
                else:
                    record.residuals = None
        tape._origin = origin
        for i, g in cotangents.items():  # what is left belongs to leaves and to values at the border
            if i in wanted:
                g = dense(g, joined)
                g = Tensor(g) if create_graph and not is_tensor(g) else g
                g = g if g.dtype == wanted[i].dtype else _cast(tape, i, g, wanted[i].dtype)
                for watcher in watchers:
                    g = watcher.arrived(tape, i, g)
                found[i] = g
    except BaseException:
        for watcher in watchers:
            watcher.refused(tape)
        raise
    finally:
        tape._order -= create_graph
        tape._origin = origin
        active_tape.reset(token)
        joined.forget()
    for record in walked:
        record.residuals = None
    tape.targets = targets  # last, as a hook or a checkpoint may have walked meanwhile
    tape.sources = frozenset(wanted)
    tape.unreached = tuple(i for i in targets if i not in dependent)
    tape._count_walked(freed)
    return found


def _cast(tape: Tape, i: int, g: Any, dtype: Any) -> Any:
    """A cotangent of ``i`` in the dtype of its value.

    Raises:
        RuleError: a rule returned no real numbers.
    """
    if g.dtype.kind not in REAL:
        takers = dict.fromkeys(record.op for record in tape.records if i in record.inputs)
        raise errors.RuleError(
            f"a cotangent of dtype {g.dtype} was returned for {tape.names.get(i, f'%{i}')} by a vjp rule of "
            f"{' or '.join(takers)}; cotangents are real numbers"
        )
    return g.astype(dtype)


def dependents(tape: Tape, sources: Iterable[int], start: int, stop: int) -> set[int]:
    """The ids of ``sources`` and of the floating-point values, of these records, that depend on them."""
    dependent = set(sources)
    if dependent:
        add, apart = dependent.add, dependent.isdisjoint
        dtype, floating = None, False
        for record in tape.records[start:stop]:
            if record.dtype is not dtype:
                dtype = record.dtype
                floating = dtype.kind == "f"
            if floating and not apart(record.inputs) and record.plan.rules:
                add(record.out)
    return dependent


def _index_after(tape: Tape, number: int) -> int:
    """The index just behind the newest record whose id is at most ``number``."""
    return bisect_left(tape.records, number + 1, key=_out_of)


def _fitted(record: Record, argnum: int, contribution: Any) -> Any:
    """A dense cotangent that a rule returned, summed down to the operand's shape if the primitive broadcasts.

    Raises:
        RuleError: it is no cotangent of that operand.
    """
    got = getattr(contribution, "shape", None)
    expected = record.in_shapes[argnum]
    if is_tensor(contribution) and active_tape.get() is None:
        raise errors.RuleError(
            f"the vjp rule of {record.op} for argument {argnum} computed with a tensor that it does not ask for by "
            "name, whose own gradient would be lost; make it an operand"
        )
    if got == expected:
        return contribution
    if got == record.shape and record.plan.primitive.broadcasts and _broadcasts(expected or (), got):
        return narrow(contribution, expected or ())
    what = f"shape {got}" if got is not None else f"{contribution!r}"
    raise errors.RuleError(
        f"the vjp rule of {record.op} for argument {argnum} returned {what}; expected a cotangent of shape {expected}"
    )


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether an array of ``shape`` broadcasts to the shape ``to``."""
    pairs = zip(reversed(shape), reversed(to), strict=False)
    return len(shape) <= len(to) and all(size in (1, wide) for size, wide in pairs)


def _consumed(tape: Tape, record: Record) -> errors.ConsumedError:
    return errors.ConsumedError(
        f"{record.op} (%{record.out}, step {record.step} of window {tape.cuts + 1}) was walked before and its "
        "residuals are freed; to carry a state into the next window, call tape.cut() before it, and to walk "
        "the same records twice, pass retain=True to the first walk"
    )
