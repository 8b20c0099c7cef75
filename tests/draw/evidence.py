"""Evidence: what a program did, seen while it ran again, so that nothing has to be taken from what the tape remembers.

A tape frees residuals and forgets arrays that were constants. So the program is run again with somebody looking on, who
notes every operand, and before every walk and every cut what the records keep.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minigrad.engine.record import Record
from minigrad.engine.tape import Tape
from minigrad.engine.watch import Watcher, watching
from tests.draw.rerun import Program, Source, changed, tape_of
from tests.reference import dense, value_of


class Held(NamedTuple):
    """A record, and what it kept at some moment."""

    record: Record
    residuals: tuple[Any, ...] | None


class Moment(NamedTuple):
    """What a tape held before a walk or a cut.

    Attributes:
        held: its records, with what each kept.
        order: how many moments of any tape came before.
        leaves: the arrays of its leaves, which are theirs and not the tape's.
        seeds, sources: of the walk that followed; empty for a cut.
    """

    held: list[Held]
    order: int
    leaves: list[Any]
    seeds: dict[int, Any]
    sources: frozenset[int]

    @property
    def border(self) -> int | None:
        """The first id that the tape held; None if it held no record."""
        return self.held[0].record.out if self.held else None


class _Notes(Watcher):
    """Notes the constants among operands, and the moments before walks and cuts, of every tape."""

    def __init__(self) -> None:
        self.operands: dict[int, dict[tuple[int, int], Any]] = {}
        self.walks: dict[int, list[Moment]] = {}
        self.cuts: dict[int, list[Moment]] = {}
        self.tapes: list[Tape] = []  # held, so that their ids stay theirs

    def taken(self, tape: Tape, record: Record, operands: Sequence[Any]) -> None:
        noted = self.operands.setdefault(id(tape), {})
        for position, (i, value) in enumerate(zip(record.inputs, operands, strict=True)):
            if i is None:
                noted[record.out, position] = value.copy() if hasattr(value, "copy") else value

    def walking(self, tape: Tape, seeds: Mapping[int, Any], sources: Iterable[int]) -> Watcher:
        began = {i: np.array(value_of(g)) for i, g in seeds.items()}
        self.walks.setdefault(id(tape), []).append(self._moment(tape, began, sources))
        return self

    def cutting(self, tape: Tape) -> None:
        self.cuts.setdefault(id(tape), []).append(self._moment(tape))

    def _moment(self, tape: Tape, seeds: Any = (), sources: Any = ()) -> Moment:
        self.tapes.append(tape)
        return _moment(tape, len(self.tapes), seeds, sources)


def _moment(tape: Tape, order: int, seeds: Any = (), sources: Any = ()) -> Moment:
    held = [Held(record, record.residuals) for record in tape.records]
    return Moment(held, order, [leaf._value for leaf in tape.leaves.values()], dict(seeds), frozenset(sources))


class Evidence:
    """What a program did, from one more run of it.

    Attributes:
        program: the program.
        tape: its tape, of the run that was looked at.
        records: all records, by id, those that cuts dropped included.
        operands: the constants among operands, by the id of the record and their position.
        walks, cuts: the moments before each.
    """

    def __init__(self, program: Program) -> None:
        notes = _Notes()
        with watching(notes):
            self.source: Source = program()
        self.program = program
        self.tape = tape = tape_of(self.source)
        self.records = {record.out: record for past in tape.history for record in past.records}
        self.records |= {record.out: record for record in tape.records}
        self.operands = notes.operands.get(id(tape), {})
        self.walks = notes.walks.get(id(tape), [])
        self.cuts = notes.cuts.get(id(tape), [])
        self._ended = len(notes.tapes) + 1
        self._cotangents: dict[int, dict[int, Any]] = {}
        self._followers: dict[int, Tape] = {}

    # -- gradients -----------------------------------------------------------------------------

    def cotangents(self, walk: int) -> dict[int, Any]:
        """What arrived in a walk, from 1, by id: found by going over all that the tape held, densely, once more."""
        if walk not in self._cotangents:
            moment = self.walks[walk - 1]
            self._cotangents[walk] = self.pull(moment.held, moment.seeds, moment.sources)
        return self._cotangents[walk]

    def pull(self, held: list[Held], seeds: Mapping[int, Any], sources: Iterable[int]) -> dict[int, Any]:
        """The cotangents of all ids on the way from the ``seeds`` to the ``sources``, which are reached last."""
        wanted = set(sources)
        needed = set(wanted)
        for each in held:
            if not needed.isdisjoint(taken_by(each.record)):
                needed.add(each.record.out)
        total = {i: np.asarray(g) for i, g in seeds.items() if i in needed}
        for record, residuals in reversed(held):
            g = total.get(record.out)
            if g is None or needed.isdisjoint(taken_by(record)):
                continue
            g = total[record.out] = g.astype(record.dtype)
            assert residuals is not None, f"%{record.out} was walked before, and what it kept is freed"
            for argnum, rule, which in record.plan.rules_at(g, residuals):
                i = record.inputs[argnum]
                if i in needed and i is not None:
                    part = dense(rule(g, *(residuals[k] for k in which)), record.in_shapes[argnum] or ())
                    total[i] = total[i] + part if i in total else np.asarray(part)
        return total

    def edges(self, walk: int) -> dict[int, list[int]]:
        """By the id of a result, the ids to which its cotangent went on in a walk."""
        arrived = self.cotangents(walk)
        return {
            record.out: [i for i in taken_by(record) if i in arrived]
            for record, _ in self.walks[walk - 1].held
            if record.out in arrived
        }

    # -- memory --------------------------------------------------------------------------------

    def kept(self, moment: Moment) -> dict[int, int]:
        """The bytes that the records kept alive, by id: each array once, for the first that kept it, leaves' not."""
        seen = {id(_base(array)) for array in moment.leaves}
        sizes = {}
        for record, residuals in moment.held:
            arrays = {id(_base(r)): _base(r) for r in residuals or () if isinstance(r, np.ndarray | np.generic)}
            fresh = {key: array for key, array in arrays.items() if key not in seen}
            seen.update(fresh)
            sizes[record.out] = sum(array.nbytes for array in fresh.values())
        return sizes

    @property
    def now(self) -> Moment:
        """What the tape holds at the end of the run."""
        return _moment(self.tape, self._ended)

    def freed_by_walk(self, walk: int) -> set[int]:
        """The ids of the records whose residuals a walk freed."""
        before = self.walks[walk - 1]
        later = [each for each in (*self.walks, *self.cuts, self.now) if each.order > before.order]
        still = {each.record.out for moment in later for each in moment.held if each.residuals is not None}
        still |= {record.out for past in self.tape.history for record in past.records if record.residuals is not None}
        return {each.record.out for each in before.held if each.residuals is not None} - still

    # -- values --------------------------------------------------------------------------------

    def replay(self, forced: Mapping[int, Any], border: int = 0) -> dict[int, Any]:
        """All values when some are forced to be others, by id, as the tape has it: leaves stay what they were.

        What was recorded before the ``border`` is a constant.

        Raises:
            NotImplementedError: a record holds a function that cannot be run again by itself.
        """
        values = dict(self.tape.values)
        values.update(forced)
        moved = set(forced)
        for i, record in self.records.items():
            if i in forced or i < border or moved.isdisjoint(record.inputs):
                continue
            primitive = record.plan.primitive
            if not primitive.rules:
                raise NotImplementedError(f"%{i} is a region, which cannot be run by itself")
            operands = [
                self.operands[i, position] if k is None else values[k] for position, k in enumerate(record.inputs)
            ]
            out = inspect.unwrap(primitive.forward)(np, *operands, **record.params)
            values[i] = np.asarray(out[0] if primitive.aux else out, dtype=record.dtype)
            moved.add(i)
        return values

    def follows(self, leaf: int, source: int) -> bool:
        """Whether a leaf has the value of the source also when that value is another one, in one more run."""
        if source not in self._followers:
            self._followers[source] = tape_of(changed(self.program, {source: 0.5}))
        values = self._followers[source].values
        same = leaf in values and np.array_equal(values[leaf], values[source])
        return bool(same and not np.array_equal(values[leaf], self.tape.values[leaf]))

    @cached_property
    def parameters(self) -> list[int]:
        """The ids of the leaves that want a gradient."""
        return [i for i, leaf in self.tape.leaves.items() if leaf.wants_grad]


def taken_by(record: Record) -> Iterator[int]:
    """The ids of the operands that receive a cotangent from a record, if its result has one."""
    if record.dtype.kind == "f":
        for argnum, _, _ in record.plan.rules:
            i = record.inputs[argnum]
            if i is not None:
                yield i


def ways(edges: Mapping[int, Iterable[int]], begin: int, around: Iterable[int] = ()) -> set[int]:
    """All ids that edges lead to from one, with none of those ``around`` on the way; these may be the end of it."""
    barred, found, ahead = set(around) - {begin}, set(), [begin]
    while ahead:
        i = ahead.pop()
        for k in edges.get(i, ()) if i not in barred else ():
            if k not in found:
                found.add(k)
                ahead.append(k)
    return found


def _base(array: Any) -> Any:
    while getattr(array, "base", None) is not None:
        array = array.base
    return array
