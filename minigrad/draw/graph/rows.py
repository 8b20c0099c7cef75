"""Rows: which operations of different time steps are the same one.

The steps of an unrolled loop are mostly alike, but the first or the last may lack an operation or have one more, and a
parameter may be another one at every second step. What does the same at the same place is in one *slot*; what does it
with the same parameters in one *row*.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from itertools import islice, starmap

from .align import Sign, Signs, Told, align
from .model import Graph, Key, Node

Row = tuple[str, int]  # what kind of columns it goes through, and its place in them from the bottom
Slot = tuple[str, int]


class Rows:
    """The rows of a graph.

    Args:
        graph: the graph.
        drawn_elsewhere: operations that have no place in their column.

    Attributes:
        of: the row of each operation.
        slot_of: its slot.
        members, in_slot: for each row, and for each slot, its operations in the order of the tape.
        heights: for each kind of columns the number of rows.
    """

    def __init__(self, graph: Graph, drawn_elsewhere: Iterable[int] = ()) -> None:
        self.of: dict[int, Row] = {}
        self.slot_of: dict[int, Slot] = {}
        self.heights: dict[str, int] = {}
        left_out = set(drawn_elsewhere)
        groups: dict[str, list[list[int]]] = {}
        for key, ids in graph.columns.items():
            groups.setdefault(group_of(key), []).append([i for i in ids if i not in left_out])
        for group, columns in groups.items():
            self._fill(graph, group, columns)
        self.members: dict[Row, list[int]] = {}
        self.in_slot: dict[Slot, list[int]] = {}
        for i in graph.nodes:
            if i in self.of:
                self.members.setdefault(self.of[i], []).append(i)
                self.in_slot.setdefault(self.slot_of[i], []).append(i)

    def _fill(self, graph: Graph, group: str, columns: Sequence[list[int]]) -> None:
        told = [signs(graph, ids) for ids in columns]
        distinct = list({id(each): each for each in told}.values())
        slots, _ = align(distinct)
        found = dict(zip(distinct, slots))  # what equal columns have in common, once
        variants = _variants(found)
        pairs = {signs_: list(zip(found[signs_], variants[signs_])) for signs_ in found}
        numbers = {pair: k for k, pair in enumerate(sorted({pair for each in pairs.values() for pair in each}))}
        rows = {id(each): [(group, numbers[pair]) for pair in pairs[each]] for each in distinct}
        in_group = {id(each): [(group, slot) for slot in found[each]] for each in distinct}
        for ids, each in zip(columns, told):
            self.of.update(zip(ids, rows[id(each)]))
            self.slot_of.update(zip(ids, in_group[id(each)]))
        self.heights[group] = len(numbers)


def group_of(key: Key) -> str:
    """What kind of columns share their rows: the steps of one loop, or what lies outside, or what a walk recorded."""
    return f"walk {key.order}" if key.order else f"part {key.part}"


def signs(graph: Graph, ids: list[int]) -> Signs:
    """What operations of one column do, with which parameters, and what they take of their own step."""
    column = graph.columns[graph.nodes[ids[0]].key] if ids else []
    if ids != column:
        return tuple(starmap(Sign, _told(graph, ids, set(column))))
    whole = tuple(ids)
    known = graph.signs.get(whole)
    if known is None:
        told = _told(graph, ids, set(column))
        known = graph.distinct_signs.get(told)
        if known is None:
            known = graph.distinct_signs[told] = tuple(starmap(Sign, told))
        graph.signs[whole] = known
    return known


def _told(graph: Graph, ids: Sequence[int], column: Set[int]) -> Told:
    """The contents of the signs of operations."""
    known, kinds, found = graph.parameters, graph.has_modules, []
    for node in [graph.nodes[i] for i in ids]:
        sources = [operand.source for operand in node.operands]
        parameters = tuple([i if i in known else None for i in sources])
        found.append((kind_of(node) if kinds else node.op, parameters, tuple([i in column for i in sources])))
    return tuple(found)


def shared_parameters(graph: Graph) -> set[int]:
    """The parameters that operations of several columns use."""
    columns: dict[int, set[Key]] = {}
    for i, leaf in graph.leaves.items():
        if leaf.parameter:
            columns[i] = {graph.nodes[use.target].key for use in graph.uses.get(i, ())}
    return {i for i, keys in columns.items() if len(keys) > 1}


def kind_of(node: Node) -> object:
    """What an operation does: its primitive, or the module that it is and which of several."""
    return (node.module.path, node.module.part) if node.module else node.op


def _variants(slots: Mapping[Signs, Sequence[int]]) -> dict[Signs, list[int]]:
    """For each operation the number of its parameters among those that its slot has, given the slots of columns.

    A parameter where all others in the slot have none is what a state begins with, and makes no variant.
    """
    items = [(slot, sign.parameters) for told, found in slots.items() for slot, sign in zip(found, told)]
    taken: dict[tuple[int, int], set[Hashable]] = {}
    for slot, parameters in items:
        for position, parameter in enumerate(parameters):
            taken.setdefault((slot, position), set()).add(parameter)
    starts = {place for place, found in taken.items() if len(found) == 2 and None in found}
    known: dict[int, dict[object, int]] = {}
    numbers = []
    for slot, parameters in items:
        key = tuple([(p, each) for p, each in enumerate(parameters) if each is not None and (slot, p) not in starts])
        variants = known.setdefault(slot, {})
        numbers.append(variants.setdefault(key, len(variants)))
    following = iter(numbers)
    return {told: list(islice(following, len(told))) for told in slots}
