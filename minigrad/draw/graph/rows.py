"""Rows: which operations of different time steps are the same one.

The steps of an unrolled loop are mostly alike, but the first or the last may lack an operation or have one more. Each
step is a sequence of signatures; all of them are merged into one sequence of *slots*, and the same operation of every
step gets the same slot.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from difflib import SequenceMatcher

from .model import Graph, Key, Node

Row = tuple[str, int]  # what kind of columns it goes through, and its place in them from the bottom
Signature = tuple[Hashable, ...]


class Rows:
    """The rows of a graph.

    Args:
        graph: the graph.
        drawn_elsewhere: operations that have no place in their column.

    Attributes:
        of: the row of each operation.
        members: for each row its operations, in the order of the tape.
        heights: for each kind of columns the number of rows.
    """

    def __init__(self, graph: Graph, drawn_elsewhere: Iterable[int] = ()) -> None:
        self.of: dict[int, Row] = {}
        self.heights: dict[str, int] = {}
        left_out = set(drawn_elsewhere)
        groups: dict[str, list[list[int]]] = {}
        for key, ids in graph.columns.items():
            groups.setdefault(group_of(key), []).append([i for i in ids if i not in left_out])
        for group, columns in groups.items():
            slots, self.heights[group] = _aligned(graph, columns)
            for ids, places in zip(columns, slots):
                self.of.update((i, (group, slot)) for i, slot in zip(ids, places))
        self.members: dict[Row, list[int]] = {}
        for i in graph.nodes:
            if i in self.of:
                self.members.setdefault(self.of[i], []).append(i)


def _aligned(graph: Graph, columns: Sequence[Sequence[int]]) -> tuple[list[list[int]], int]:
    """The slots of the operations of columns; those of one slot use the same parameter, or only one of them uses any."""
    everything = {i for i, leaf in graph.leaves.items() if leaf.parameter}
    for known in (shared_parameters(graph), everything):
        slots, height = align([tuple(signature(graph.nodes[i], known) for i in ids) for ids in columns])
        taken: dict[tuple[int, int], set[int]] = {}
        for ids, places in zip(columns, slots):
            for i, slot in zip(ids, places):
                for position, operand in enumerate(graph.nodes[i].operands):
                    if operand.source in everything:
                        taken.setdefault((slot, position), set()).add(operand.source)
        if all(len(parameters) == 1 for parameters in taken.values()):
            break
    return slots, height


def group_of(key: Key) -> str:
    """What kind of columns share their rows: the steps of one loop, or what lies outside, or what a walk recorded."""
    return f"walk {key.order}" if key.order else f"part {key.part}"


def shared_parameters(graph: Graph) -> set[int]:
    """The parameters that several operations use, in several columns if there are any: not a learned initial state."""
    nodes, several = graph.nodes, len({key for key in graph.columns if not key.order}) > 1
    found = set()
    for i, leaf in graph.leaves.items():
        users = [nodes[use.target] for use in graph.uses.get(i, ()) if not nodes[use.target].key.order]
        if leaf.parameter and len({node.key if several else node.id for node in users}) > 1:
            found.add(i)
    return found


def signature(node: Node, shared: Collection[int]) -> Signature:
    """What makes operations of two steps the same: the primitive, and the shared parameters that it uses."""
    parameters = (o.source for o in node.operands if o.source in shared)
    return (node.module.path if node.module else node.op, *parameters)


def align(sequences: Sequence[Signature]) -> tuple[list[list[int]], int]:
    """The slot of each item of each sequence, rising within a sequence, and the number of slots.

    Equal sequences get equal slots, and are compared only once.
    """
    merged: list[tuple[int, Hashable]] = []  # (stable number, signature), in order
    found: dict[Signature, list[int]] = {}
    count = 0
    for sequence in sequences:
        if sequence in found:
            continue
        numbers: list[int] = []
        result: list[tuple[int, Hashable]] = []
        position = item = 0
        matcher = SequenceMatcher(None, [each for _, each in merged], sequence, autojunk=False)
        for start, first, size in matcher.get_matching_blocks():
            result += merged[position:start]
            for each in sequence[item:first]:
                numbers.append(count)
                result.append((count, each))
                count += 1
            numbers += [number for number, _ in merged[start : start + size]]
            result += merged[start : start + size]
            position, item = start + size, first + size
        merged = result
        found[sequence] = numbers
    order = {number: slot for slot, (number, _) in enumerate(merged)}
    return [[order[number] for number in found[sequence]] for sequence in sequences], count
