"""Records: what lies on a tape, and what is left of it after a cut. Plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .backend import Array

if TYPE_CHECKING:
    from .plan import Plan

# The key of a tape, the id there, and the step, or -1 for what no operation recorded: then it only says
# where the tensor was last used, and the tape that admitted it knows it by ``_leaf_ids`` until a cut forgets it.
# It is replaced as a whole, so that two threads never see half of it.
Place = tuple[int, int, int]
NOWHERE: Place = (0, -1, -1)

Ids = tuple[int | None, ...]  # of operands; None stands for a constant array or number
Shapes = tuple[tuple[int, ...] | None, ...]  # of operands; None stands for a number


class Record:
    """One operation on the tape: plain data, no closure. ``Tape.append`` makes it and fills it in.

    Attributes:
        plan: the primitive with the rules of those operands that are tensors.
        inputs: for each operand its id on the tape, or ``None`` for a constant array or number.
        out: the id of the result.
        residuals: what the rules need, in the order of ``plan.saves``; ``None`` once a walk freed it.
        params: static parameters such as ``axis``.
        shape, dtype: of the result.
        step: the time step (number of marks before it) the record belongs to.
        order: 0 if the forward computation recorded it, n if the n-th nested backward walk did.
        origin: the id of the record whose rule, or whose cotangent, a recorded walk computed with it; else -1.
        in_shapes: for each operand its shape, or ``None`` for a number.
    """

    __slots__ = (
        "dtype", "in_shapes", "inputs", "order", "origin", "out", "params", "plan", "residuals", "shape", "step",
    )  # fmt: skip

    plan: Plan
    inputs: Ids
    out: int
    residuals: tuple[Any, ...] | None
    params: dict[str, Any]
    shape: tuple[int, ...]
    dtype: Any
    step: int
    order: int
    origin: int
    in_shapes: Shapes

    @property
    def op(self) -> str:
        """The primitive's name."""
        return self.plan.primitive.name

    def arrays(self) -> list[Array]:
        """The arrays among the residuals, which this record keeps alive."""
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
    """A stretch of tape that a cut dropped, kept for inspection, with the targets of its last walk.

    Attributes:
        records, cut, targets: what was dropped, by which cut, and what the last walk before it started from.
        kept: the bytes that each record of the tape kept alive before the cut, by its id, where it kept any.
        ids: how many ids there were when the cut was made.
    """

    records: list[Record]
    cut: Cut
    targets: tuple[int, ...]
    kept: dict[int, int]
    ids: int


class Walked(NamedTuple):
    """A reverse walk, remembered for inspection.

    Attributes:
        cuts, ids: how many of them there were when it began.
        border: the first id that the tape held then; whatever was recorded before it was a constant.
        seeds: the cotangents that it began with, by the ids of its targets.
        sources: the ids whose cotangents were asked for.
        kept: the bytes that each record kept alive then, by its id, where it kept any.
        cotangents: what arrived, by id.
    """

    cuts: int
    ids: int
    border: int
    seeds: dict[int, Array]
    sources: frozenset[int]
    kept: dict[int, int]
    cotangents: dict[int, Array]

    @property
    def targets(self) -> tuple[int, ...]:
        """The ids that it started from."""
        return tuple(self.seeds)


class Scope(NamedTuple):
    """A stretch of a tape: the ids from ``first`` up to ``end``, which is not part of it.

    Attributes:
        title: what it is called.
        first, end: where it begins and ends.
    """

    title: str
    first: int
    end: int
