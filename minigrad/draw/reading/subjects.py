"""Subjects: which id on the tape a user means with a tensor or a name."""

from __future__ import annotations

from ...engine.tensor import Tensor
from ...errors import ArgumentError, MisuseError
from .reading import Reading


def find_id(reading: Reading, setting: str, subject: Tensor | str) -> int:
    """The id of a tensor on the tape, or of what has that name there or in the picture, such as ``h3``.

    Args:
        reading: of the tape.
        setting: the argument that says it, for errors.
        subject: the tensor or the name.

    Raises:
        TypeError: it is neither.
        ValueError: it is not on the tape, or several have the name.
    """
    graph = reading.graph
    if isinstance(subject, Tensor):
        if graph.tape.holds(subject) and subject._place[1] in {*graph.whole.nodes, *graph.leaves}:
            return subject._place[1]
        raise ArgumentError(f"draw({setting}=...): a tensor of shape {subject.shape} is not on this tape")
    if not isinstance(subject, str):
        raise MisuseError(f"draw({setting}=...): name a tensor or give it, not {type(subject).__name__}")
    own = [i for i in (*graph.leaves, *graph.whole.nodes) if graph.tape.names.get(i) == subject]
    shown = [i for i, node in graph.nodes.items() if node.has_result and _called(reading, i) == subject]
    found = list(dict.fromkeys(own if len(own) == 1 else shown or own))
    if len(found) == 1:
        return found[0]
    many = f"{len(found):,} tensors are" if found else "nothing on this tape is"
    raise ArgumentError(f"draw({setting}=...): {many} called {subject!r}; give the tensor itself")


def _called(reading: Reading, i: int) -> str:
    return "".join(run.text for run in reading.names.result(i))
