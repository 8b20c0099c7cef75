"""The folded graph: what repeats from step to step becomes one operation, and carried states one delay.

It is found on the tape. Operations of different steps that share a row are one operation here; an operand
that an earlier step computed is an edge that passes a delay. What is not in every step stays, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..graph.model import Graph, Key, Node
from ..reading.names import Names, Runs, without_index
from ..reading.view import MORE, View
from ..scene import Box
from ..text import SMALL, Run, line, symbol
from ..theme import Theme
from .boxes import Boxes
from .template import Content, Item

DELAY = 44.0  # distance of two delays
MOST_DELAYS = 4  # more states are badges at their uses


class FoldedNames(Names):
    """Names in which every step is ``t``.

    Attributes:
        steady: operations that read the same index at every step.
    """

    def __init__(self, graph: Graph, view: View, initial: dict[int, int], names: Names) -> None:
        self.folded = {column.key for column in view.steps}
        self.steady: set[int] = set()
        super().__init__(graph, view, initial, list(names.totals.values()))

    def index(self, key: Key) -> str:
        """The subscript of what belongs to a step."""
        return "t" if key in self.folded else super().index(key)

    def own_name(self, i: int) -> str:
        """The name that the user gave a result, without the number of its step."""
        return without_index(super().own_name(i))

    def sign(self, node: Node, *, exact: bool = False) -> Run:
        """The symbol of an operation, with the index it reads if that is the same at every step."""
        return super().sign(node, exact=exact or node.id in self.steady)

    def ranged(self, i: int, first: int, last: int) -> Runs:
        """What an operation computed at many steps."""
        name, count = self.states.get(self.slot_of.get(i, ("", -1)), (f"%{i}", 0))
        runs = symbol(self.own_name(i) or name, f"{first}…{last}")
        return (*runs, Run(f"({count})", shift="sup")) if count else runs

    def delayed(self, i: int, lag: int) -> Runs:
        """What an operation computed ``lag`` steps before."""
        name, count = self.states.get(self.slot_of.get(i, ("", -1)), (f"%{i}", 0))
        runs = symbol(self.own_name(i) or name, f"t−{lag}")
        return (*runs, Run(f"({count})", shift="sup")) if count else runs


@dataclass(slots=True)
class Delay:
    """A state on its way to the next step.

    Attributes:
        source: the row that computes it.
        box: the delay.
        targets: the items that use it one step later.
    """

    source: Item
    box: Box
    targets: list[Item] = field(default_factory=list)


class Fold:
    """One step that stands for all.

    Args:
        graph: the graph.
        view: its rows.
        names: what everything is called when it is unfolded.
        initial: the leaves that start a state.
        theme: the colours.

    Attributes:
        count: the number of steps that are folded.
        content: the boxes of the step, and the edges inside it.
        delays: the states that are carried on, from the bottom up.
        sums: the losses that a total adds up over the steps.
    """

    def __init__(self, graph: Graph, view: View, names: Names, initial: dict[int, int], theme: Theme) -> None:
        self.graph = graph
        self.names = FoldedNames(graph, view, initial, names)
        self.boxes = Boxes(graph, self.names, theme, numbers=False)
        self.columns = view.steps
        self.count = len(view.steps)
        self._order = {column.key: k for k, column in enumerate(view.steps)}
        self._members = self._find_members()
        self._shown = {slot: members[len(members) // 2][1] for slot, members in self._members.items()}
        self.names.steady = {i for slot, i in self._shown.items() if len(self._signs(slot)) == 1}
        self.content = Content()
        self.delays: list[Delay] = []
        self._delay_rows = self._find_delay_rows()
        self._fill()
        self.sums = [item for item in (("op", slot, 0) for slot in self._summed()) if item in self.content.boxes]
        for kind, slot, position in self.content.boxes:
            self.content.boxes[kind, slot, position].name = f"fold-{kind}-{slot}-{position}"

    @property
    def regular(self) -> bool:
        """Whether every step has every operation."""
        return all(len(members) == self.count for members in self._members.values())

    @property
    def depth(self) -> int:
        """The number of steps that a walk went over at most, if the tape was cut; else 0."""
        totals = self.names.totals.values() if self.graph.tape.cuts else ()
        return max((total.last - total.border + 1 for total in totals if total.last), default=0)

    @property
    def notes(self) -> int:
        """The number of lines that are needed below the step."""
        return (not self.regular) + bool(self.depth)

    # -- rows ----------------------------------------------------------------------------------

    def _find_members(self) -> dict[int, list[tuple[int, int]]]:
        """For each row (number of the step, id) pairs; what adds up losses is drawn above the steps."""
        members: dict[int, list[tuple[int, int]]] = {}
        for k, column in enumerate(self.columns):
            for i, slot in zip(column.ids, column.slots):
                if i not in self.names.gathers:
                    members.setdefault(slot, []).append((k, i))
        return {slot: members[slot] for slot in sorted(members)}

    def _lag(self, source: int, target: int) -> int | None:
        """The number of steps from one operation to another, if both are folded."""
        nodes = self.graph.nodes
        if source not in nodes or source not in self.names.slot_of:
            return None
        here, there = self._order.get(nodes[source].key), self._order.get(nodes[target].key)
        return None if here is None or there is None else there - here

    def _row(self, i: int) -> int:
        return self.names.slot_of[i][1]

    def _find_delay_rows(self) -> list[int]:
        """The rows whose results the next step uses, as far as they are drawn as edges."""
        rows = {
            self._row(use.source)
            for use in self.graph.carried()
            if self._lag(use.source, use.target) == 1 and self._row(use.source) in self._members
            and use.target in self.names.slot_of and use.target not in self.names.gathers
        }  # fmt: skip
        return sorted(rows)[:MOST_DELAYS]

    def _signs(self, slot: int) -> set[Run]:
        """What the copies of an operation are called, with the indices they read."""
        nodes = (self.graph.nodes.get(i) for _, i in self._members[slot])
        return {self.names.sign(node, exact=True) for node in nodes if node is not None}

    def _summed(self) -> list[int]:
        """The rows of the losses that a total adds up over several steps."""
        losses = [i for total in self.names.totals.values() if len(total.losses) > 1 for i in total.losses]
        folded = {i for members in self._members.values() for _, i in members}
        return sorted({self._row(i) for i in losses if i in folded})

    # -- boxes and edges -----------------------------------------------------------------------

    def _fill(self) -> None:
        content = self.content
        data: dict[int, Item] = {}
        entries: dict[int, set[Item]] = {}
        far: dict[int, dict[int, Runs]] = {}
        wiring = {slot: self._wires(slot) for slot in self._members}
        for slot, wires in wiring.items():
            for position, sources in wires.items():
                lags = Counter(lag for row, lag in sources if row >= 0)
                for (row, lag), i in sources.items():
                    drawn = row in self._shown and (lag == 0 or (lag == 1 and row in self._delay_rows))
                    if drawn and len(lags) < 3:
                        if lag:
                            entries.setdefault(row, set()).add(("op", slot, 0))
                    elif row < 0:
                        far.setdefault(slot, {})[position] = self.boxes.reference(self.graph.nodes[i])[1]
                    elif len(lags) >= 3:
                        steps = [self._time(each) for (other, _), each in sources.items() if other >= 0]
                        far.setdefault(slot, {})[position] = self.names.ranged(i, min(steps), max(steps))
                    else:
                        far.setdefault(slot, {})[position] = self.names.delayed(i, lag)
        for slot, members in self._members.items():
            item = ("op", slot, 0)
            i = self._shown[slot]
            if i == MORE:
                hidden = max(column.hidden for column in self.columns)
                content.boxes[item] = self.boxes.more(slot, hidden)
            else:
                content.boxes[item] = self.boxes.operation(self.graph.nodes[i], badges=far.get(slot, {}))
                content.item_of[i] = item
            if len(members) < self.count:
                self._mark_as_rare(content.boxes[item], [k for k, _ in members])
        for slot, wires in wiring.items():
            seen: set[Item] = set()
            for sources in wires.values():
                for row, lag in sources:
                    item = ("op", row, 0)
                    if lag == 0 and row in self._shown and item not in seen:
                        content.connect(item, ("op", slot, 0))
                        seen.add(item)
            self._add_data(slot, data)
        for row in self._delay_rows:
            if entries.get(row):
                self.delays.append(Delay(("op", row, 0), self._delay_box(row), sorted(entries[row])))

    def _wires(self, slot: int) -> dict[int, dict[tuple[int, int], int]]:
        """For each operand of a row the (row, lag) pairs that it comes from, with an id each; row -1 is afar."""
        wires: dict[int, dict[tuple[int, int], int]] = {}
        for _, i in self._members[slot]:
            if i == MORE:
                continue
            for position, operand in enumerate(self.graph.nodes[i].operands):
                source = operand.source
                if source is None or source in self.graph.leaves:
                    continue
                lag = self._lag(source, i)
                inside = lag is not None and source not in self.names.gathers
                if source in self.graph.nodes:
                    key = (self._row(source), lag) if inside and lag is not None else (-1, 0)
                    wires.setdefault(position, {})[key] = source
        return wires

    def _time(self, i: int) -> int:
        """The number of the step that computed a result."""
        key = self.graph.nodes[i].key
        return key.step or self._order[key] + 1

    def _mark_as_rare(self, box: Box, steps: Sequence[int]) -> None:
        """Say in which steps an operation is."""
        text = line(f"only {self._which(steps)}", size=SMALL - 1, ink="muted")
        box.lines = (*box.lines, text)
        if box.shape == "circle":
            box.shape = "round"
        room = box.width - box.head_width
        box.width = max(box.width, text.width + 12 + room)
        box.height = max(box.height, 12.0 + sum(each.height for each in box.lines))
        box.style = replace(box.style, dashed=True)

    def _which(self, steps: Sequence[int]) -> str:
        numbers = [self.columns[k].key.step or k + 1 for k in steps]
        runs: list[list[int]] = []
        for n in numbers:
            if runs and n == runs[-1][-1] + 1:
                runs[-1].append(n)
            else:
                runs.append([n])
        if len(runs) > 3:
            return f"in {len(steps):,} of {self.count:,} steps"
        texts = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
        return f"t = {', '.join(texts)}"

    def _add_data(self, slot: int, known: dict[int, Item]) -> None:
        """The inputs and constants of a row: one box, as in each single step."""
        graph, content = self.graph, self.content
        target = ("op", slot, 0)
        for _, i in self._members[slot]:
            node = graph.nodes.get(i)
            for position, operand in enumerate(node.operands if node is not None else ()):
                item: Item = ("data", slot, position)
                leaf = graph.leaves.get(operand.source) if operand.source is not None else None
                if leaf is None:
                    if operand.source is not None or not operand.shape:
                        continue
                    box = self.boxes.data("", self.names.constant(operand.name))
                elif leaf.parameter or leaf.id in self.names.initial or node is None:
                    continue
                else:
                    item = known.setdefault(leaf.id, item)
                    name = self._series(slot, position)
                    runs = symbol(name, "t") if name else self.names.data(leaf, node.key, operand.name)
                    box = self.boxes.data("", runs, leaf)
                content.boxes.setdefault(item, box)
                if (item, target) not in content.edges:
                    content.connect(item, target)

    def _series(self, slot: int, position: int) -> str:
        """The name of inputs that are called ``x1``, ``x2``, … at the steps; "" if they are not."""
        names = set()
        for _, i in self._members[slot]:
            node = self.graph.nodes.get(i)
            source = node.operands[position].source if node is not None and position < len(node.operands) else None
            if source in self.graph.leaves:
                names.add(self.graph.leaves[source].name or "")
        bases = {without_index(name) for name in names}
        return bases.pop() if len(bases) == 1 < len(names) else ""

    def _delay_box(self, row: int) -> Box:
        """A delay by one step, with what it holds before the first one."""
        texts = [line(Run("t−1", bold=True), size=12)]
        starts = [
            leaf
            for i, successor in self.names.initial.items()
            if self.names.slot_of.get(successor, ("", -1))[1] == row and (leaf := self.graph.leaves[i])
        ]
        if starts:
            first = self.columns[0].key
            runs: list[Run | str] = [*Names.data(self.names, starts[0], first, "h")]
            if not starts[0].parameter and bool((starts[0].tensor.value == 0).all()):
                runs.append(" = 0")
            texts.append(line(*runs, size=SMALL))
        width = max(34.0, max(each.width for each in texts) + 14)
        box = Box(f"delay-{row}", self.boxes.theme.boxes["delay"], "box", tuple(texts), width, 20.0 + 14 * bool(starts))
        box.tooltip = "what the step before computed; " + (
            f"{texts[1].plain} before the first" if starts else "there is none before the first"
        )
        return box
