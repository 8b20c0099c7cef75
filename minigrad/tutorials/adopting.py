"""A learner's tape as minigrad's: run again record by record, compared, and drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..draw.drawing import Drawing, draw
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from ..engine.walk import dependents
from ..statements import Statement
from .learners_tape import Difference, Host, LearnersTape

_MOST_NOTES = 5


@dataclass(frozen=True)
class Adopted:
    """A learner's tape, run again by minigrad.

    Attributes:
        tape: minigrad's, inspected, with the learner's marks and names, walked back from the targets.
        differences: what the learner's engine has otherwise: values in the order of the tape, then cotangents in the
            order of the walk, so that the first of them is nearest to the fault.
        ids: of each id of the learner's tape the tensor on minigrad's.
    """

    tape: Tape
    differences: tuple[Difference, ...]
    ids: Mapping[int, Tensor]

    def __bool__(self) -> bool:
        """Whether all is as it should be."""
        return not self.differences

    def __str__(self) -> str:
        """The first difference in words, and how many more there are."""
        if not self.differences:
            return "every value and every cotangent is right"
        more = len(self.differences) - 1
        after = f"\n({more:,} more that follow from it, or may)" if more else ""
        return f"{self.differences[0]}{after}"

    def draw(self, **options: Any) -> Drawing:
        """The picture of the learner's tape; what differs has a red frame, and yours and right stand below.

        Args:
            options: of ``mg.draw``.
        """
        frames = {self.ids[each.id]._place[1]: each for each in reversed(self.differences)}
        if self.differences and options.get("view", "unfolded") == "unfolded":
            said = {self.ids[each.id]: str(each) for each in self.differences[:_MOST_NOTES]}
            options = {"notes": said, **options}
        drawing = draw(self.tape, **options)
        cut = drawing.scene.theme.boxes["cut"].stroke
        for box in drawing.scene.boxes:
            if len(box.ids) == 1 and box.ids[0] in frames and box.kind != "norm":
                box.style = replace(box.style, stroke=cut, width=3.0)
                box.tooltip = str(frames[box.ids[0]])
        claims = [Statement("differs", (i,), each.kind) for i, each in frames.items()]
        return drawing.with_claims(claims)


def adopt(
    tape: Any,
    targets: int | Iterable[int] | None = None,
    cotangents: Mapping[int, Any] | None = None,
    *,
    parameters: Iterable[int] | None = None,
) -> Adopted:
    """Run a tape of your own engine again as minigrad's, and compare every value and every cotangent.

    The tape needs little: ``records`` in order, each with ``op`` (a name that minigrad has, such as ``"multiply"``),
    ``inputs`` (ids) and ``out`` (an id), and ``values``, a dict by id that also has the values which no record made. A
    record may have ``step`` and ``params`` (a dict of keyword arguments), the tape ``names`` by id. All is compared in
    float64, to a millionth.

    Args:
        tape: the learner's tape. It is only read.
        targets: the ids that were walked back from with a cotangent of ones, by default the last result.
        cotangents: what the learner's walk found, by id. Without it only values are compared.
        parameters: the ids that are parameters, by default the leaves that have a name.

    Raises:
        TypeError: ``tape`` is no such tape, or what should be an array of numbers is none.
        ValueError: an operation that minigrad has not or that refuses its operands, an id without a value, one that
            two records compute, or a target or parameter that is not there.
    """
    learner = LearnersTape(tape)
    weights = set(learner.names) & set(learner.leaves) if parameters is None else set(parameters)
    learner.check("parameters", weights, learner.leaves, "leaf")
    ends = learner.ends(targets)
    own, tensors = learner.replayed(weights)
    differences = [*learner.wrong_values()]
    if cotangents is not None:
        differences += learner.wrong_cotangents(cotangents, _right_cotangents(learner, ends))
    found = [tensors[i] for i in ends]
    reached = dependents(own, [tensors[i]._place[1] for i in weights], 0, len(own.records))
    if any(end._place[1] in reached for end in found):
        own.backward(found, seed=[np.ones(end.shape) for end in found])
    return Adopted(own, tuple(differences), tensors)


def _right_cotangents(learner: LearnersTape, ends: list[int]) -> dict[int, Host | None]:
    """The cotangent of every id, ``None`` of those that the targets do not depend on."""
    every, copies = learner.replayed(set(learner.leaves))
    if not ends:
        return dict.fromkeys(copies)
    targets = [copies[i] for i in ends]
    seeds = [np.ones(end.shape) for end in targets]
    found = every.gradient(targets, list(copies.values()), seed=seeds, unused="none")
    return {i: None if each is None else np.asarray(each.value) for i, each in zip(copies, found, strict=True)}
