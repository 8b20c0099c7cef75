"""What a statement is checked against: the tape that was drawn, the evidence, and the statements beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np

from minigrad.engine.record import Record
from minigrad.statements import Statement
from tests.draw.evidence import Evidence, Moment
from tests.draw.rerun import Source, tape_of

Reason = str | None  # why a statement is not true, or not proven
Check = Callable[["Context", Statement], Reason]
CHECKS: dict[str, Check] = {}
Form = tuple[Any, ...]


def check(*kinds: str) -> Callable[[Check], Check]:
    """A decorator: the function says what is wrong with a statement of these kinds."""

    def added(function: Check) -> Check:
        CHECKS.update(dict.fromkeys(kinds, function))
        return function

    return added


class Context:
    """A drawing's statements, with what they can be checked against.

    Args:
        source: the tape or window that was drawn.
        evidence: of the same program.
        statements: all that the drawing claims.
        ends: whether the marks end the steps, where whoever wrote the program says so.
    """

    def __init__(
        self, source: Source, evidence: Evidence, statements: Iterable[Statement] = (), ends: bool | None = None
    ) -> None:
        self.source = source
        self.tape = tape_of(source)
        self.evidence = evidence
        self.records = evidence.records
        self.statements = list(statements)
        self.ends = ends
        self.behind: dict[int, Counter[Form]] = {}
        self.users: dict[int, list[tuple[Record, int]]] = {}  # of each id: records, and where they take it

    def of(self, kind: str) -> list[Statement]:
        """The statements of a kind."""
        return self._by_kind.get(kind, [])

    @cached_property
    def _by_kind(self) -> dict[str, list[Statement]]:
        found: dict[str, list[Statement]] = {}
        for statement in self.statements:
            found.setdefault(statement.kind, []).append(statement)
        return found

    # -- time ----------------------------------------------------------------------------------

    @cached_property
    def steps(self) -> dict[int, int]:
        """The step of each record, by id, that the drawing says is in one."""
        return {i: s.said for s in self.of("step") for i in s.ids if isinstance(s.said, int)}

    @cached_property
    def apart(self) -> set[int]:
        """The records that the drawing says are before or after the loop."""
        return {i for kind in ("before", "between", "after") for s in self.of(kind) for i in s.ids}

    @cached_property
    def offset(self) -> int:
        """What the drawing adds to the number of marks before a record to get its step."""
        offsets = Counter(t - self.records[i].step for i, t in self.steps.items() if i in self.records)
        return offsets.most_common(1)[0][0] if offsets else 0

    def step(self, i: int) -> int | None:
        """The step of a record in this drawing; None for what lies in none."""
        if i in self.steps:
            return self.steps[i]
        if i in self.apart or i not in self.records or not self.tape.step:
            return None
        return self.records[i].step + self.offset

    @cached_property
    def parameters(self) -> dict[int, set[int]]:
        """The parameters that each step takes."""
        found: dict[int, set[int]] = {}
        for record in self.records.values():
            if (t := self.step(record.out)) is not None:
                found.setdefault(t, set()).update(i for i in record.inputs if i in self.evidence.parameters)
        return found

    @cached_property
    def offsets(self) -> set[int]:
        """What may be added to the number of marks before a record: 0 if they begin the steps, 1 if they end them.

        Marks end the steps if what was recorded before the first one is alike to what was recorded after another.
        Where the last stretch is alike to others, too, the marks lie between steps, and either may be said.
        """
        if self.ends is not None and self.tape.step > 2:
            return {int(self.ends)}
        stretches: dict[int, Counter[Form]] = {}
        for record in self.records.values():
            if not record.order:
                stretches.setdefault(record.step, Counter())[self.form(record)] += 1
        first, last = stretches.get(0, Counter()), stretches.get(self.tape.step, Counter())
        inner = [body for t, body in stretches.items() if 0 < t < self.tape.step]
        ends = any(_alike(first, body) for body in (*inner, last))
        begins = any(_alike(last, body) for body in (*inner, first))
        return {0, 1} if (begins and ends) or not (begins or ends) else {1} if ends else {0}

    # -- likeness ------------------------------------------------------------------------------

    def form(self, record: Record) -> Form:
        """What repeats: the primitive, its parameters, and which operands are parameters of the user."""
        wanted = set(self.evidence.parameters)
        return (*self.kind(record), tuple((k, i) for k, i in enumerate(record.inputs) if i in wanted))

    @staticmethod
    def kind(record: Record) -> Form:
        """The primitive and its parameters."""
        return record.op, repr(sorted(record.params.items()))

    @cached_property
    def rows(self) -> list[tuple[Any, frozenset[int]]]:
        """The rows of states: their names and ids."""
        rows: list[tuple[Any, frozenset[int]]] = [(s.said, frozenset(s.ids)) for s in self.of("state")]
        names = Counter(name for name, ids in rows if len(ids) == 1)
        joined = {name: frozenset(i for n, ids in rows if n == name for i in ids) for name in names}
        return [(name, joined[name] if len(ids) == 1 else ids) for name, ids in rows]

    def same(self, leaf: int, source: int) -> bool:
        """Whether a leaf has the value of a result, bit for bit, and not one that is there by chance."""
        a, b = (np.asarray(self.tape.values[i]) for i in (leaf, source))
        if self.tape.values[leaf] is self.tape.values[source]:
            return True
        alike = a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        return bool(alike and any(float(f"{entry:.6g}") != entry for entry in a.ravel().tolist()))

    # -- walks and cuts ------------------------------------------------------------------------

    def moment(self, statement: Statement) -> Moment | None:
        """The moment before the walk of a statement; None if there is no such walk."""
        walks = self.evidence.walks
        return walks[statement.walk - 1] if 1 <= statement.walk <= len(walks) else None

    def arrived(self, statement: Statement) -> dict[int, Any]:
        """What arrived in the walk of a statement, by id; nothing if there is no such walk."""
        return self.evidence.cotangents(statement.walk) if self.moment(statement) is not None else {}

    def window(self, cut: int) -> list[Record] | None:
        """The records before a cut, or those since the last one; None if there is no such cut."""
        if not cut:
            return self.tape.records
        return self.tape.history[cut - 1].records if 1 <= cut <= len(self.tape.history) else None

    def border(self, statement: Statement) -> int:
        """The first id that is no constant where the statement speaks: at its walk, before its cut, or now."""
        moment = self.moment(statement)
        if moment is not None:
            return self.tape._next_id if moment.border is None else moment.border
        cut = (statement.cut or self.tape.cuts + 1) - 1
        return self.tape.history[cut - 1].cut.border if 1 <= cut <= len(self.tape.history) else 0


def _alike(one: Counter[Form], other: Counter[Form]) -> bool:
    """Whether most of the smaller of two stretches is in the other."""
    smaller = min(one.total(), other.total())
    return smaller > 0 and 2 * (one & other).total() > smaller


def agree(said: Any, true: Any, dtype: Any = None) -> bool:
    """Whether two numbers are equal but for the rounding of their dtype, in which sums may have another order."""
    if isinstance(said, bool) or not isinstance(said, int | float | np.number):
        return False
    tolerance = 1e-9 if dtype is None or np.dtype(dtype).itemsize > 4 else 1e-4
    a, b = float(said), float(true)
    return bool(np.isclose(a, b, rtol=tolerance, atol=tolerance * 1e-3, equal_nan=True))


def norm(array: Any) -> float:
    """The Euclidean norm."""
    return float(np.sqrt(np.sum(np.square(np.asarray(array, dtype=float)))))


def percent(i: int) -> str:
    """An id as the tape prints it."""
    return f"%{i}"
