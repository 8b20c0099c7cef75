"""Names in a picture: of parameters, inputs, states, losses, operations."""

from __future__ import annotations

import re
from collections import Counter

from ..graph.model import Graph, Key, Leaf, Node
from ..graph.roles import Total, find_other_losses
from ..text import Run, clean, shorten, symbol
from .settings import index_text
from .view import View

SYMBOLS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "matmul": "@",
    "linear": "@ +",
    "power": "^",
    "negative": "neg",
    "take_rows": "rows",
    "getitem": "[ ]",
    "equal": "=",
    "not_equal": "≠",
    "less": "<",
    "less_equal": "≤",
    "greater": ">",
    "greater_equal": "≥",
}
LONGEST_TITLE = 28  # characters of a module's title that are shown
_OPERAND_NAMES = {"targets": "y", "index": "x", "condition": "mask"}

Runs = tuple[Run, ...]


class Names:
    """Names for one view of one graph.

    Attributes:
        parameters: the parameters that are used, in the order of their first use.
        states: the row of each state in its group of columns, with its name and the number of its namesakes.
        losses: the losses of single steps.
        totals: what each window's walk started from, by the number of the walk.
        total_at: the total that a recorded operation is.
        cited: operations that a badge elsewhere names; one without a name of its own says its number.
    """

    def __init__(self, graph: Graph, view: View, initial: dict[int, int], totals: list[Total]) -> None:
        self.graph = graph
        self.initial = initial
        self.totals = {total.number: total for total in totals}
        self._walk_at = {step: n for n in sorted(self.totals) for step in self._reach(n)}
        self.total_at = {total.target: total for total in totals if total.target is not None}
        self.losses = {i for total in totals for i in total.losses} | find_other_losses(graph, totals)
        self.gathers = {i for total in totals for i in total.gathers}
        self.cited: set[int] = set()
        self.parameters = _in_order_of_use(graph)
        self.slot_of = view.slot_of
        self._labels = _parameter_labels(self.parameters)
        self._namesakes = _namesakes(self._labels)
        self.states = self._find_states()
        self._loss_count = Counter(graph.nodes[i].key for i in self.losses)

    # -- states --------------------------------------------------------------------------------

    def _find_states(self) -> dict[tuple[str, int], tuple[str, int]]:
        """The rows whose results the next step uses, each with its name and a number if names repeat."""
        nodes = self.graph.nodes
        summed = self.losses | self.gathers
        rows: dict[tuple[str, int], str] = {}
        for use in self.graph.carried():
            here, there = nodes[use.source].key, nodes[use.target].key
            slot = self.slot_of.get(use.source)
            forward = here.order == there.order == 0 and use.source not in summed
            if slot is not None and forward and slot[0] == "step" and slot not in rows:
                rows[slot] = ""
        for i, successor in self.initial.items():
            slot = self.slot_of.get(successor)
            if slot in rows and slot is not None:
                rows[slot] = rows[slot] or without_index(self.graph.leaves[i].name or "")
        for i, name in self.graph.tape.names.items():
            slot = self.slot_of.get(i)
            if slot in rows and slot is not None:
                rows[slot] = without_index(name)
        rows = {slot: rows[slot] or "h" for slot in sorted(rows)}
        repeated = Counter(rows.values())
        seen: Counter[str] = Counter()
        states = {}
        for slot, name in rows.items():
            seen[name] += 1
            states[slot] = (name, seen[name] if repeated[name] > 1 else 0)
        return states

    def is_state(self, i: int) -> bool:
        """Whether a shown operation computes a state."""
        return self.slot_of.get(i) in self.states

    def state(self, i: int, *, bold: bool = False) -> Runs:
        """The name of a state with its step."""
        slot = self.slot_of.get(i)
        name, count = self.states[slot] if slot in self.states and slot is not None else ("h", 0)
        own = self.own_name(i)
        node = self.graph.nodes[i]
        runs = symbol(own, bold=bold) if re.search(r"\d$", own) else symbol(name, self.index(node.key), bold=bold)
        return (*runs, Run(f"({count})", shift="sup")) if count else runs

    def own_name(self, i: int) -> str:
        """The name that the user gave a result, or ""."""
        node = self.graph.nodes.get(i)
        return self.graph.tape.names.get(i, "") if node is None or node.has_result else ""

    # -- the others ----------------------------------------------------------------------------

    def index(self, key: Key) -> str:
        """The subscript of what belongs to a step."""
        if key.step:
            return str(key.step)
        return str(self.graph.segment_of(key).number) if len(self.graph.segments) > 1 else ""

    def parameter(self, leaf: Leaf) -> Runs:
        """The name of a parameter."""
        runs = symbol(self._labels[leaf.id], italic=True)
        count = self._namesakes.get(leaf.id)
        return (*runs, Run(f"({count})", shift="sup")) if count else runs

    def data(self, leaf: Leaf, key: Key, operand: str) -> Runs:
        """The name of an input at a step; one that several steps share has no subscript."""
        name = leaf.name or _OPERAND_NAMES.get(operand, "x")
        if leaf.id in self.initial:
            return self._initial_state(leaf, key)
        used_in = {self.graph.nodes[use.target].key for use in self.graph.uses.get(leaf.id, ())}
        if leaf.name is None and all(use.order for use in used_in):
            return (Run("seed"),)
        if len(used_in) > 1 or re.search(r"\d$", name):
            return symbol(name)
        return symbol(name, self.index(key))

    def _initial_state(self, leaf: Leaf, key: Key) -> Runs:
        slot = self.slot_of.get(self.initial[leaf.id])
        name, count = self.states.get(slot, ("h", 0)) if slot is not None else ("h", 0)
        if leaf.name is None:
            runs = symbol(name, max(key.step - 1, 0))
        else:
            runs = symbol(leaf.name, italic=leaf.parameter)
        return (*runs, Run(f"({count})", shift="sup")) if count else runs

    @staticmethod
    def constant(operand: str) -> Runs:
        """The name of a constant array, from what the primitive calls it."""
        return symbol(_OPERAND_NAMES.get(operand, operand if len(operand) > 1 else "const"))

    def loss(self, i: int, *, bold: bool = False) -> Runs:
        """The name of the loss of a step."""
        key = self.graph.nodes[i].key
        runs = symbol("ℓ", self.index(key), bold=bold)
        if self._loss_count[key] > 1:
            alike = sorted(loss for loss in self.losses if self.graph.nodes[loss].key == key)
            runs = (*runs, Run(f"({alike.index(i) + 1})", shift="sup"))
        return runs

    def walk_of(self, key: Key) -> int:
        """The number of the newest walk that went over a step."""
        return self._walk_at.get(key.step) or self.graph.segment_of(key).number

    def _reach(self, number: int) -> range:
        """The steps that a walk went over."""
        return range(max(self.totals[number].border, 1), self.totals[number].last + 1)

    def total(self, number: int, *, bold: bool = False) -> Runs:
        """The name of a window's total loss."""
        return symbol("L", number if self.graph.tape.cuts else "", bold=bold)

    def operation(self, node: Node, *, exact: bool = False) -> Runs:
        """An operation's symbol, behind the name that its result has; ``exact`` with the index it reads."""
        sign = self.sign(node, exact=exact)
        name = self.own_name(node.id)
        if not name:
            return (Run(f"%{node.id}", bold=True), Run(" = "), sign) if node.id in self.cited else (sign,)
        index = "" if re.search(r"\d$", name) else self.index(node.key)
        return (*symbol(name, index, bold=True), Run(" = "), sign)

    def sign(self, node: Node, *, exact: bool = False) -> Run:
        """The symbol of an operation, ``exact`` with the index it reads, or the title of a module."""
        if node.module:
            return Run(shorten(clean(node.op), LONGEST_TITLE) or "?")
        if exact and node.op == "getitem" and "index" in node.params:
            return Run(f"[{shorten(index_text(node.params['index']), 16)}]")
        return Run(SYMBOLS.get(node.op) or shorten(clean(node.op).replace("_", " ").strip() or "?", 20))


def _in_order_of_use(graph: Graph) -> list[Leaf]:
    first_use = {i: uses[0].target for i, uses in graph.uses.items()}
    parameters = [leaf for leaf in graph.leaves.values() if leaf.parameter and leaf.id in first_use]
    return sorted(parameters, key=lambda leaf: (first_use[leaf.id], leaf.id))


def _parameter_labels(parameters: list[Leaf]) -> dict[int, str]:
    """The last components of each dotted name: as few as tell all parameters apart, as many for all of a module."""
    named = {leaf.id: tuple(leaf.name.split(".")) for leaf in parameters if leaf.name}
    suffixes = Counter(parts[-length:] for parts in named.values() for length in range(1, len(parts) + 1))
    needed: dict[tuple[str, ...], int] = {}
    for parts in named.values():
        lengths = range(1, len(parts) + 1)
        own = next((length for length in lengths if suffixes[parts[-length:]] == 1), len(parts))
        needed[parts[:-1]] = max(needed.get(parts[:-1], 1), own)
    return {
        leaf.id: ".".join(named[leaf.id][-needed[named[leaf.id][:-1]] :]) if leaf.id in named else f"p_{position}"
        for position, leaf in enumerate(parameters, 1)
    }


def _namesakes(labels: dict[int, str]) -> dict[int, int]:
    """For parameters of one name the number of each of them."""
    alike = Counter(labels.values())
    seen: Counter[str] = Counter()
    numbers = {}
    for i, label in labels.items():
        if alike[label] > 1:
            seen[label] += 1
            numbers[i] = seen[label]
    return numbers


def without_index(name: str) -> str:
    """A name without the number at its end."""
    return re.sub(r"_?\d+$", "", name)
