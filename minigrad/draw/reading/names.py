"""Names in a picture: of parameters, inputs, states, losses, operations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from functools import lru_cache

from ..graph.model import Graph, Key, Leaf, Node
from ..graph.rows import Row, Rows
from ..graph.states import States
from ..graph.sums import Sum
from ..text import Run, clean, shorten, symbol, without_index
from .settings import index_text

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
    """Names for one graph, whose steps, rows, states and sums are known.

    Attributes:
        parameters: the parameters that are used, in the order of their first use.
        states: the row of each state, with its name and the number of its namesakes.
        losses: the losses of single steps.
        gathers: the operations that make a total of losses.
        total_at: the sum that a recorded operation is the total of.
        starts: the leaves that a state begins with, each with the row of the state.
        copies: constants elsewhere that have the value of a state.
        replacing: the leaves that have the place of a state at any step.
        cited: operations that a badge elsewhere names; one without a name of its own says its number.
    """

    def __init__(self, graph: Graph, rows: Rows, states: States, sums: Iterable[Sum]) -> None:
        self.graph = graph
        self.rows = rows
        self.sums = list(sums)
        self.gathers = {i for each in self.sums for i in each.gathers}
        self.cited: set[int] = set()
        self._state_of = states.of
        self.parameters = _in_order_of_use(graph)
        self.starts = {start.leaf: start.row for start in states.starts.values() if start.first}
        self.replacing = {start.leaf: start for start in reversed(states.starts.values())}
        self.copies = states.copies
        self._labels = _parameter_labels(self.parameters)
        self._namesakes = _numbered(self._labels)
        self.states = self._name_states(states)
        self.total_at = {each.recorded: each for each in self.sums if self._is_called_total(each)}
        self.losses = self._find_losses()
        self._loss_count = Counter(graph.nodes[i].key for i in self.losses)

    # -- states --------------------------------------------------------------------------------

    def _name_states(self, states: States) -> dict[Row, tuple[str, int]]:
        """The rows of states, each with its name and a number if names repeat."""
        rows = dict.fromkeys(states.rows, "")
        for leaf, row in self.starts.items():
            if row in rows:
                rows[row] = rows[row] or without_index(self.graph.leaves[leaf].name or "")
        for i, name in self.graph.tape.names.items():
            if i in states.of:
                rows[states.of[i]] = without_index(name)
        named = {row: name or "h" for row, name in rows.items()}
        return {row: (name, number) for (row, name), number in zip(named.items(), _numbers(list(named.values())))}

    def is_state(self, i: int) -> bool:
        """Whether an operation computes a state."""
        return i in self._state_of

    def state(self, i: int, *, bold: bool = False) -> Runs:
        """The name of a state with its step."""
        name, count = self.states.get(self._state_of.get(i, ("", -1)), ("h", 0))
        own = self.own_name(i)
        if own and re.search(r"\d$", own):
            return marked(symbol(own, bold=bold), count)
        return marked(symbol(name, self.index(self.graph.nodes[i].key), bold=bold), count)

    def of_state(self, row: Row, index: object = "") -> Runs:
        """The name of a state at any step."""
        name, count = self.states.get(row, ("h", 0))
        return marked(symbol(name, index), count)

    def own_name(self, i: int) -> str:
        """The name that the user gave a result, or ""."""
        name = self.graph.tape.names.get(i, "")
        node = self.graph.nodes.get(i) if name else None
        return name if node is None or node.has_result else ""

    # -- leaves --------------------------------------------------------------------------------

    def parameter(self, leaf: Leaf) -> Runs:
        """The name of a parameter."""
        return marked(symbol(self._labels[leaf.id], italic=True), self._namesakes.get(leaf.id, 0))

    def data(self, leaf: Leaf, key: Key, operand: str) -> Runs:
        """The name of an input at a step; one that several steps share has no subscript."""
        name = leaf.name or _OPERAND_NAMES.get(operand, "x")
        if leaf.id in self.replacing:
            return self._in_place_of_a_state(leaf)
        if leaf.id in self.copies:
            return (Run("✂ "), *self.state(self.copies[leaf.id]))
        used_in = {self.graph.nodes[use.target].key for use in self.graph.uses.get(leaf.id, ())}
        if leaf.name is None and all(use.order for use in used_in):
            return (Run("seed"),)
        if len(used_in) > 1 or re.search(r"\d$", name):
            return symbol(name)
        return symbol(name, self.index(key))

    def _in_place_of_a_state(self, leaf: Leaf) -> Runs:
        """A leaf that has the place of a state: the one before the first, that of an earlier step, or another one."""
        start = self.replacing[leaf.id]
        if start.source is not None:
            return (Run("✂ "), *self.state(start.source))
        if leaf.name is not None:
            return symbol(leaf.name, italic=leaf.parameter)
        step = self.graph.nodes[start.target].key.step
        return self.of_state(start.row, str(step - start.lag).replace("-", "−") if start.first and step else "")

    def lost(self, i: int, row: Row, key: Key) -> Runs:
        """The name of what was computed before a cut whose records are gone, at the first column that is left."""
        own = self.graph.tape.names.get(i)
        if own:
            return symbol(own)
        if row in self.states and key.step:
            return self.of_state(row, key.step - 1)
        return (Run(f"%{i}"),)

    @staticmethod
    def constant(operand: str) -> Runs:
        """The name of a constant array, from what the primitive calls it."""
        return symbol(_OPERAND_NAMES.get(operand, operand if len(operand) > 1 else "const"))

    # -- losses and their sums -----------------------------------------------------------------

    def _is_called_total(self, each: Sum) -> bool:
        """Whether what a walk started from is called L: not if it has a better name."""
        i = each.recorded
        if i is None or (not each.walk and len(self.sums) > 1):
            return False
        return bool(each.gathers) or not (self.is_state(i) or self.own_name(i))

    def _find_losses(self) -> set[int]:
        """The losses of steps that a walk counted, and the same operations of other steps."""
        counted = {i for each in self.sums for i in each.losses if each.recorded != i or not self.own_name(i)}
        rows = {self.rows.of[i] for i in counted if i in self.rows.of and not self.is_state(i)}
        return {i for row in rows for i in self.rows.members[row] if self.graph.nodes[i].has_result}

    def loss(self, i: int, *, bold: bool = False) -> Runs:
        """The name of the loss of a step."""
        key = self.graph.nodes[i].key
        runs = symbol("ℓ", self.index(key), bold=bold)
        if self._loss_count[key] > 1:
            alike = sorted(loss for loss in self.losses if self.graph.nodes[loss].key == key)
            runs = (*runs, Run(f"({alike.index(i) + 1})", shift="sup"))
        return runs

    def total(self, each: Sum, *, bold: bool = False) -> Runs:
        """The name of what a walk differentiates, with the number of the walk if there are several."""
        i = each.recorded
        if i is not None and not self._is_called_total(each):
            return self.result(i, bold=bold)
        several = sum(bool(other.walk) for other in self.sums) > 1
        return symbol("L", each.walk if several and each.walk else "", bold=bold)

    # -- operations ----------------------------------------------------------------------------

    def result(self, i: int, *, bold: bool = False) -> Runs:
        """What a result is called: a total, a loss, a state, by its own name, or by its number."""
        node = self.graph.nodes.get(i)
        if node is None:
            leaf = self.graph.leaves.get(i)
            return symbol(leaf.name) if leaf is not None and leaf.name else (Run(f"%{i}"),)
        if i in self.total_at:
            return self.total(self.total_at[i], bold=bold)
        if i in self.losses:
            return self.loss(i, bold=bold)
        if self.is_state(i):
            return self.state(i, bold=bold)
        if node.module and i not in self.cited:
            return (self.sign(node),)
        if not node.has_result:
            return (Run("in "), Run(f"%{i}", bold=bold))  # of what is hidden in a module
        return self._named(i, bold) if self.own_name(i) else (Run(f"%{i}", bold=bold),)

    def _named(self, i: int, bold: bool) -> Runs:
        """A result by the name that the user gave it, with its step."""
        name = self.own_name(i)
        index = "" if re.search(r"\d$", name) else self.index(self.graph.nodes[i].key)
        return symbol(name, index, bold=bold)

    def index(self, key: Key) -> str:
        """The subscript of what belongs to a step."""
        if key.step:
            return str(key.step)
        return str(self.graph.segment_of(key).number) if self.graph.windowed and not key.order else ""

    def operation(self, node: Node, *, exact: bool = False) -> Runs:
        """An operation's symbol, behind the name that its result has; ``exact`` with the index it reads."""
        sign = self.sign(node, exact=exact)
        name = self.own_name(node.id)
        if not name:
            return (Run(f"%{node.id}", bold=True), Run(" = "), sign) if node.id in self.cited else (sign,)
        return (*self._named(node.id, True), Run(" = "), sign)

    def sign(self, node: Node, *, exact: bool = False) -> Run:
        """The symbol of an operation, ``exact`` with the index it reads, or the title of a module."""
        if node.module:
            return Run(shorten(clean(node.op), LONGEST_TITLE) or "?")
        if exact and node.op == "getitem" and "index" in node.params:
            return Run(f"[{shorten(index_text(node.params['index']), 16)}]")
        return _sign_of(node.op)


@lru_cache(maxsize=512)
def _sign_of(op: str) -> Run:
    return Run(SYMBOLS.get(op) or shorten(clean(op).replace("_", " ").strip() or "?", 20))


def _in_order_of_use(graph: Graph) -> list[Leaf]:
    parameters = [leaf for leaf in graph.leaves.values() if leaf.parameter and leaf.id in graph.uses]
    return sorted(parameters, key=lambda leaf: (graph.uses[leaf.id][0].target, leaf.id))


def _parameter_labels(parameters: list[Leaf]) -> dict[int, str]:
    """The last components of each dotted name: as few as tell all parameters apart, as many for all of a module.

    A label does not begin with a number, which would read as a value.
    """
    named = {leaf.id: tuple(leaf.name.split(".")) for leaf in parameters if leaf.name}
    suffixes = Counter(parts[-length:] for parts in named.values() for length in range(1, len(parts) + 1))
    needed: dict[tuple[str, ...], int] = {}
    for parts in named.values():
        lengths = [n for n in range(1, len(parts) + 1) if not parts[-n][:1].isdigit() or n == len(parts)]
        own = next((length for length in lengths if suffixes[parts[-length:]] == 1), len(parts))
        needed[parts[:-1]] = max(needed.get(parts[:-1], 1), own)
    return {
        leaf.id: ".".join(named[leaf.id][-needed[named[leaf.id][:-1]] :]) if leaf.id in named else f"p_{position}"
        for position, leaf in enumerate(parameters, 1)
    }


def _numbered(labels: dict[int, str]) -> dict[int, int]:
    """For parameters of one name the number of each of them."""
    return {i: number for i, number in zip(labels, _numbers(list(labels.values()))) if number}


def _numbers(values: list[str]) -> list[int]:
    """For each value the how-manieth of its kind it is, from 1; 0 for one that is alone."""
    repeated: Counter[Hashable] = Counter(values)
    seen: Counter[Hashable] = Counter()
    numbers = []
    for value in values:
        seen[value] += 1
        numbers.append(seen[value] if repeated[value] > 1 else 0)
    return numbers


def marked(runs: Runs, count: int) -> Runs:
    """A name with the number that tells it from its namesakes."""
    return (*runs, Run(f"({count})", shift="sup")) if count else runs
