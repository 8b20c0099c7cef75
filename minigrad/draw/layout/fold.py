"""The folded graph: what repeats from step to step becomes one operation, and carried states one delay.

It is found on the tape. Operations of different steps that share a row are one operation here; an operand that an
earlier step computed is an edge that passes a delay. What is not in every step stays, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..reading.folded_names import joined
from ..reading.loop import FoldedLoop, Source
from ..reading.names import Runs
from ..reading.reading import Reading
from ..reading.view import MORE, Column
from ..reading.words import which_steps
from ..scene import Box
from ..text import FONT_SIZE, SMALL, Line, Run, line, symbol, without_index
from ..theme import Theme
from .badges import Said
from .boxes import Boxes
from .template import Content, Item

DELAY = 44.0  # distance of two delays
MOST_DELAYS = 4  # more states are badges at their uses


@dataclass(slots=True)
class Delay:
    """A state on its way to a later step.

    Attributes:
        source: the row that computes it.
        lag: to how many steps later.
        box: the delay.
        targets: the items that use it then.
    """

    source: Item
    lag: int
    box: Box
    targets: list[Item] = field(default_factory=list)


class Fold(FoldedLoop):
    """One step that stands for all of a loop, with its boxes.

    Args:
        reading: what is said.
        columns: the steps of the loop.
        theme: the colours.
        tight: for a page of a given width, on which no letters are small.

    Attributes:
        content: the boxes of the step, and the edges inside it.
        delays: the states that are carried on, from the bottom up.
        sums: the losses that a total adds up over the steps.
    """

    def __init__(self, reading: Reading, columns: list[Column], theme: Theme, *, tight: bool = False) -> None:
        super().__init__(reading, columns)
        self.boxes = Boxes(reading, theme, names=self.names, tight=tight)
        self._small = FONT_SIZE if tight else SMALL
        self.content = Content()
        self._entries: dict[Source, set[Item]] = {}
        self._badges: dict[int, dict[int, Said]] = {}
        self._wire()
        self._fill()
        self.delays = [
            Delay(("op", row, 0), lag, self._delay_box(row, lag, targets), sorted(targets))
            for (row, lag), targets in sorted(self._entries.items())
        ]
        self.sums = [item for item in (("op", slot, 0) for slot in self._summed()) if item in self.content.boxes]
        for kind, slot, position in self.content.boxes:
            self.content.boxes[kind, slot, position].name = f"fold-{columns[0].key.part}-{kind}-{slot}-{position}"

    @property
    def regular(self) -> bool:
        """Whether every step has every operation."""
        return all(len(members) >= self.count for members in self.members.values())

    def notes(self) -> list[Line]:
        """What is said below the step."""
        rare = [] if self.regular else [line("dashed: not in every step", size=SMALL, ink="muted")]
        return [*rare, *super().notes()]

    def _summed(self) -> list[int]:
        """The rows of the losses that a total makes of several steps."""
        of = self.reading.rows.of
        losses = [i for each in self.reading.sums if len(each.losses) > 1 for i in each.losses]
        return sorted({of[i][1] for i in losses if i in of and of[i][0] == self.group})

    # -- edges ---------------------------------------------------------------------------------

    def _wire(self) -> None:
        """Edges inside the step and through delays, and badges for whatever comes from elsewhere."""
        for slot, members in self.members.items():
            ids = [i for i in members if i != MORE]
            positions = max((len(self.graph.nodes[i].operands) for i in ids), default=0)
            if any(self.graph.nodes[i].operands[0].name == "" for i in ids if self.graph.nodes[i].operands):
                self._wire_list(slot, ids)
                continue
            for position in range(positions):
                self._wire_operand(slot, ids, position)

    def _wire_operand(self, slot: int, ids: Sequence[int], position: int) -> None:
        """The edges into one operand of a row."""
        nodes = self.graph.nodes
        sources: dict[Source, int] = {}
        outside: dict[int, None] = {}
        numbers: set[float | None] = set()
        for i in ids:
            if position >= len(nodes[i].operands):
                continue
            operand = nodes[i].operands[position]
            if operand.source is None and not operand.shape:
                numbers.add(operand.number)
            elif operand.source in nodes:
                source = self.source(operand.source, i)
                if self.state_handed_over(i, position) is not None:
                    continue  # the delay says it
                if source is None:
                    outside[operand.source] = None
                else:
                    sources[source] = operand.source
        if outside:
            self._badge(slot, position, self._cited(list(outside)), next(iter(outside)))
        if len(numbers) > 1:
            self._badge(slot, position, symbol("c", "t"), None)
        for (row, lag), i in sorted(sources.items()):
            if lag == 0:
                self.content.connect(("op", row, 0), ("op", slot, 0))
            elif (row, lag) in self._entries or len(self._entries) < MOST_DELAYS:
                self._entries.setdefault((row, lag), set()).add(("op", slot, 0))
            else:
                self._badge(slot, position, self.names.at(i, f"t−{lag}"), i)

    def _wire_list(self, slot: int, ids: Sequence[int]) -> None:
        """The edges into an operation on any number of operands, which may grow from step to step."""
        lags: dict[int, list[tuple[int, set[int]]]] = {}
        place_of = {step: place for place, step in enumerate(self.steps)}
        example: dict[int, int] = {}
        outside: dict[int, None] = {}
        for i in ids:
            found: dict[int, set[int]] = {}
            for operand in self.graph.nodes[i].operands:
                if operand.source not in self.graph.nodes or operand.source is None:
                    continue
                source = self.source(operand.source, i)
                if source is None:
                    outside[operand.source] = None
                    continue
                found.setdefault(source[0], set()).add(source[1])
                example[source[0]] = operand.source
            for row, each in found.items():
                lags.setdefault(row, []).append((place_of[self.graph.nodes[i].key.step], each))
        for place, (row, sets) in enumerate(lags.items()):
            every = set().union(*(each for _, each in sets))
            if 0 in every:
                self.content.connect(("op", row, 0), ("op", slot, 0))
            past = every - {0}
            if past == {1}:
                self._entries.setdefault((row, 1), set()).add(("op", slot, 0))
            elif past:
                self._badge(slot, place, self.names.at(example[row], _span(sets, self.steps[0])), example[row])
        for place, i in enumerate(outside, len(lags)):
            self._badge(slot, place, self._cited([i]), i)

    def _cited(self, ids: Sequence[int]) -> Runs:
        """What results from outside of the step are called, which say their names there."""
        self.reading.names.cited.update(ids)
        return joined([self.names.result(i) for i in ids])

    def _badge(self, slot: int, position: int, runs: Runs, source: int | None) -> None:
        self._badges.setdefault(slot, {})[position] = (runs, source)

    # -- boxes ---------------------------------------------------------------------------------

    def _fill(self) -> None:
        known: dict[int, Item] = {}
        for slot, members in self.members.items():
            item = ("op", slot, 0)
            i = self.shown[slot]
            if i == MORE:
                hidden = max(column.hidden for column in self.columns)
                self.content.boxes[item] = self.boxes.more(slot, hidden)
                continue
            box = self.boxes.operation(self.graph.nodes[i], badges=self._badges.get(slot, {}))
            self.content.boxes[item], self.content.item_of[i] = box, item
            box.ids = tuple(members)
            if len(members) < self.count:
                self._mark_as_rare(box, [self.graph.nodes[each].key.step for each in members])
            self._add_data(slot, known)
        self.content.edges = {
            (a, b): 1 for a, b in self.content.edges if a in self.content.boxes and b in self.content.boxes
        }

    def _mark_as_rare(self, box: Box, steps: Sequence[int]) -> None:
        """Say in which steps an operation is."""
        text = line(f"only {which_steps(steps, self.count)}", size=SMALL - 1, ink="muted")
        box.lines = (*box.lines, text)
        if box.shape == "circle":
            box.shape = "round"
        room = box.width - box.head_width
        box.width = max(box.width, text.width + 12 + room)
        box.height = max(box.height, 12.0 + sum(each.height for each in box.lines))
        box.style = replace(box.style, dashed=True)

    def _add_data(self, slot: int, known: dict[int, Item]) -> None:
        """The inputs and constants of a row: one box, as in each single step."""
        graph, content = self.graph, self.content
        target = ("op", slot, 0)
        seen: set[str] = set()
        for i in self.members[slot]:
            node = graph.nodes[i]
            several = bool(node.operands) and node.operands[0].name == ""
            for position, operand in enumerate(node.operands):
                item: Item = ("data", slot, 0 if several else position)
                leaf = graph.leaves.get(operand.source) if operand.source is not None else None
                if leaf is None:
                    if operand.source is not None or not operand.shape:
                        continue
                    box = self.boxes.data("", self.names.constant(operand.name))
                elif leaf.parameter or self._stands_for_a_state(leaf.id, i):
                    continue
                else:
                    item = known.setdefault(leaf.id, item)
                    name = self._series(slot, position)
                    runs = symbol(name, "t") if name else self.names.data(leaf, node.key, operand.name)
                    box = self.boxes.data("", runs, leaf)
                    box.ids = ()
                if several:
                    seen.add(box.lines[0].plain)
                content.boxes.setdefault(item, box)
                content.edges.setdefault((item, target), 1)
        if len(seen) > 1:
            content.boxes["data", slot, 0] = self.boxes.data("", (Run(f"{len(seen):,} inputs"),))

    def _stands_for_a_state(self, leaf: int, target: int) -> bool:
        return (leaf, target) in self.reading.states.starts

    def _series(self, slot: int, position: int) -> str:
        """The name of inputs that are called ``x1``, ``x2``, … at the steps; "" if they are not."""
        names = set()
        for i in self.members[slot]:
            node = self.graph.nodes.get(i)
            source = node.operands[position].source if node is not None and position < len(node.operands) else None
            if source in self.graph.leaves:
                names.add(self.graph.leaves[source].name or "")
        bases = {without_index(name) for name in names}
        return bases.pop() if len(bases) == 1 < len(names) else ""

    def _delay_box(self, row: int, lag: int, targets: set[Item]) -> Box:
        """A delay by some steps, with what it holds before the first ones."""
        texts = [line(Run(f"t−{lag}", bold=True), size=12)]
        state = self.reading.states.of.get(self.shown[row])
        others = {
            item
            for (other, late), items in self._entries.items()
            if late == lag and other != row and self.reading.states.of.get(self.shown[other]) == state
            for item in items - targets
        }  # what takes the same state from another row, as the cells that alternate do
        starts = [
            start
            for start in self.reading.states.starts.values()
            if start.first and (start.row, start.lag) == (state, lag)
            and self.graph.nodes[start.target].key in self.names.folded
            and ("op", self.reading.rows.of[start.target][1], 0) not in others
        ]  # fmt: skip
        leaves = list(dict.fromkeys(start.leaf for start in starts))
        texts += [line(*self.begins(leaf), size=self._small) for leaf in leaves[:2]]
        if len(leaves) > 2:
            texts[1:] = [line(f"{len(leaves)} starts", size=self._small)]
        if state in self.handed and lag == 1:
            texts.append(line(*self._cited([self.handed[state]]), size=self._small))
        width = max(34.0, max(each.width for each in texts) + 14)
        name = f"delay-{self.columns[0].key.part}-{row}-{lag}"
        box = Box(name, self.boxes.theme.boxes["delay"], "box", tuple(texts), width, 20.0)
        box.height += (self._small + 3.0) * (len(texts) - 1)
        box.kind, box.ids = "delay", tuple(i for i in self.members[row] if i != MORE)
        before = "the step before" if lag == 1 else f"the step {lag} before"
        begin = ", ".join(text.plain for text in texts[1:])
        box.tooltip = f"what {before} computed; {begin or 'nothing'} before the first"
        return box


def _span(sets: Sequence[tuple[int, set[int]]], first: int) -> str:
    """An index for a list of results of earlier steps.

    Args:
        sets: for each step how many steps of the loop are before it, and the lags of what it takes.
        first: the number of the first step.
    """
    past = [(place, each - {0}) for place, each in sets if each - {0}]
    newest = min(min(each) for _, each in past)
    if all(each == past[0][1] for _, each in past) and past[0][1] == set(range(newest, max(past[0][1]) + 1)):
        return f"t−{max(past[0][1])}…t−{newest}"
    if all(each == set(range(newest, place + 1)) for place, each in past):
        return f"{first}…t−{newest}"
    return "<t"
