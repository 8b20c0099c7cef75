"""Descriptions of rows as text: an operation with its operands, as far as they are the same at all steps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..graph.model import Node, Operand, in_loop
from ..reading.names import SYMBOLS
from ..reading.reading import Reading
from ..subscripts import plain
from ..text import clean, number, shorten, symbol, without_index

_INFIX = frozenset(
    {
        *("add", "subtract", "multiply", "divide", "matmul", "power"),
        *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    }
)
_MANY = 8  # operands of a call that are written out


class Labels:
    """Describes rows.

    Args:
        reading: what is said.
        number_of: the number of the row of each operation, from 0.
    """

    def __init__(self, reading: Reading, number_of: Mapping[int, int]) -> None:
        self._reading = reading
        self._graph = reading.graph
        self._names = reading.names
        self._number_of = number_of
        self._parameters = {leaf.id: leaf for leaf in self._names.parameters}

    def describe(self, members: Sequence[int]) -> str:
        """What the operations of a row compute: what differs from step to step is left open."""
        nodes = [self._graph.nodes[i] for i in members]
        node = nodes[0]
        calls = {self._call(each) for each in nodes}
        call = calls.pop() if len(calls) == 1 else self._open_call(nodes)
        names = {self._base(each) for each in nodes}
        name = names.pop() if len(names) == 1 else ""
        if node.place:
            return f"{name or node.op} of {self._operand(node, node.operands[0])}"
        return f"{name} = {call}" if name else call

    def result(self, i: int) -> str:
        """What something that was computed is called where another loop takes it: a state, or its row."""
        if i in self._reading.states.of or i not in self._number_of:
            return plain(self._names.result(i))
        return f"({self._number_of[i] + 1})"

    def _base(self, node: Node) -> str:
        """What a result is called, without the step."""
        names = self._names
        if names.is_state(node.id):
            return plain(names.of_state(self._reading.states.of[node.id]))
        if node.id in names.losses:
            return "ℓ"
        return shorten(without_index(clean(names.own_name(node.id))))

    def _call(self, node: Node) -> str:
        return self._written(node, [self._operand(node, operand) for operand in self._in_order(node)])

    def _open_call(self, nodes: Sequence[Node]) -> str:
        """The call of a row whose steps differ: an operand that is not the same in all of them is an ellipsis."""
        width = min(len(node.operands) for node in nodes)
        operands = [
            found.pop() if len(found) == 1 else self._differing(nodes, position)
            for position in range(width)
            for found in [{self._operand(node, self._in_order(node)[position]) for node in nodes}]
        ]
        if any(len(node.operands) != width for node in nodes):
            operands = [*operands[:1], "…"]
        return self._written(nodes[0], operands, exact=False)

    def _differing(self, nodes: Sequence[Node], position: int) -> str:
        """An operand that differs: a state or its start by the state's name, inputs of one name by that."""
        places = [node.operands.index(self._in_order(node)[position]) for node in nodes]
        states = {self._state_at(node, place) for node, place in zip(nodes, places)}
        if len(states) == 1 and (state := states.pop()) is not None:
            return state
        names = set()
        for node, place in zip(nodes, places):
            source = node.operands[place].source
            leaf = None if source is None else self._graph.leaves.get(source)
            names.add("" if leaf is None or leaf.parameter else without_index(leaf.name or ""))
        name = names.pop() if len(names) == 1 else ""
        return plain(symbol(name)) if name else "…"

    def _state_at(self, node: Node, position: int) -> str | None:
        operand = node.operands[position]
        states = self._reading.states
        row = states.place(node.id, position)
        if row is None:
            return None
        if operand.source is None or operand.source in self._graph.leaves:
            return plain(self._names.of_state(row))
        source = operand.source
        enters = source in self._graph.nodes and states.lag(source, node.id) is None  # from before, or another loop
        return plain(self._names.of_state(row)) if enters or states.of.get(source) == row else None

    def _written(self, node: Node, operands: list[str], *, exact: bool = True) -> str:
        sign = SYMBOLS.get(node.op, "")
        if node.op in _INFIX and len(operands) == 2:
            return f"{operands[0]} {sign} {operands[1]}"
        if node.op == "linear" and not node.module and len(operands) == 3:
            return "{} @ {} + {}".format(*operands)
        if node.op == "getitem" and exact:
            return f"{operands[0]}{self._names.sign(node, exact=True).text}"
        operands = _spanned(operands)
        if len(operands) > _MANY:
            operands = [*operands[:2], "…", operands[-1]]
        head = self._names.sign(node).text if node.module else shorten(clean(node.op).lstrip("_"), 20)
        return f"{head} {', '.join(operands)}"

    def _in_order(self, node: Node) -> Sequence[Operand]:
        """The operands; of a module its parameters last."""
        return sorted(node.operands, key=lambda o: o.source in self._parameters) if node.module else node.operands

    def _operand(self, node: Node, operand: Operand) -> str:
        i = operand.source
        if i is None:
            return "const" if operand.number is None else number(operand.number)
        if i in self._parameters and i not in self._names.starts:
            return plain(self._names.parameter(self._parameters[i]))
        leaf = self._graph.leaves.get(i)
        if leaf is not None:
            start = self._reading.states.starts.get((i, node.id))
            if start is not None and start.first:
                return plain(self._names.of_state(start.row))
            return plain(self._names.data(leaf, node.key, operand.name))
        return self._computed(node, i)

    def _computed(self, node: Node, i: int) -> str:
        """An operand that was computed: by its row, by the name of a state, or by its step if that is farther away."""
        states, other = self._reading.states, self._graph.nodes.get(i)
        if other is None:
            row = states.place(node.id, next(k for k, o in enumerate(node.operands) if o.source == i))
            own = self._graph.tape.names.get(i)
            return shorten(clean(own)) if own else plain(self._names.of_state(row)) if row else f"%{i}"
        lag = states.lag(i, node.id)
        if lag == 1 and i in states.of:
            return plain(self._names.of_state(states.of[i]))
        place = f"({self._number_of[i] + 1})" if i in self._number_of else ""
        if lag == 0 or (lag is None and other.key == node.key):
            return place or self._named(i)
        if lag is None or lag < 0:
            named, step = self._named(i), f"[t={other.key.step}]" if in_loop(other.key) else ""
            return named if named != "…" else f"{place}{step}" if place else named
        name = self._base(other) or place or "…"
        return f"{name}[t−{lag}]"

    def _named(self, i: int) -> str:
        """What a result is called, if not by a number, which stands nowhere in the text."""
        names = self._names
        known = i in names.total_at or i in names.losses or names.is_state(i) or names.own_name(i)
        return plain(names.result(i)) if known else "…"


def _spanned(operands: Sequence[str]) -> list[str]:
    """The operands, of which results of one row at three or more steps that follow each other are one."""
    found: list[str] = []
    runs: list[list[tuple[str, int]]] = []
    for each in operands:
        match = re.fullmatch(r"(\(\d+\))\[t=(\d+)\]", each)
        if match and runs and runs[-1][-1:] == [(match[1], int(match[2]) - 1)]:
            runs[-1].append((match[1], int(match[2])))
            continue
        runs.append([(match[1], int(match[2]))] if match else [])
        found.append(each)
    spans = zip(found, runs, strict=True)
    return [
        part
        for each, run in spans
        for part in (
            [f"{run[0][0]}[t={run[0][1]}…{run[-1][1]}]"] if len(run) > 2 else [f"{r}[t={t}]" for r, t in run] or [each]
        )
    ]
