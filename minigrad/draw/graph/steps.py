"""Time steps of a tape with marks: whether a mark begins or ends its step, where a loop begins, and where it ends.

A mark only divides the tape. What a reader calls a step is the part that repeats: what was recorded before the first
one and after the last one is no step, and two loops one after the other are two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from ..text import without_index
from .align import Signs, align
from .model import Graph, Key
from .rows import shared_parameters, signs

_ALIKE = 0.6  # the share of the shorter of two steps that both must have in common
_MOST = 0.8  # the share of a whole step that what follows a cut inside the last one must have, to be a step too
_HALF = 0.5

Kinds = Counter[Hashable]


@dataclass(slots=True)
class Chunk:
    """What was recorded between two marks, or between a mark and a cut.

    Attributes:
        segment: the number of kept cuts before it.
        marks: the number of marks before it.
        ids: its operations.
        signs: what they do, for the alignment.
        kinds: how often each thing is done, with which of the parameters that several columns use.
        step: its number as a step.
        part: of the tape, as in ``Key``.
    """

    segment: int
    marks: int
    ids: list[int]
    signs: Signs
    kinds: Kinds
    step: int = 0
    part: int = 0


def with_marked_steps(graph: Graph) -> Graph:
    """The graph whose keys say which step of which loop an operation belongs to, or none."""
    if not graph.tape.step:
        return graph
    chunks = _chunks(graph)
    ended = _marks_end(graph, chunks)
    for chunk in chunks:
        chunk.step = chunk.marks + ended
    steps = [chunk for chunk in chunks if chunk.step]
    for number, loop in enumerate(_loops(graph, steps)):
        for chunk in loop:
            chunk.part = 2 * number + 1
    keys: dict[int, Key] = {}
    for chunk in chunks:
        inside = Key(chunk.segment, chunk.step, 0, chunk.part)
        keys.update(dict.fromkeys(chunk.ids, inside))
    for part in sorted({chunk.part for chunk in steps}):
        loop = [chunk for chunk in steps if chunk.part == part]
        for chunk, head, tail in _Ends(loop, ended) if len(loop) > 1 else ():
            keys.update(dict.fromkeys(chunk.ids[:head], Key(chunk.segment, 0, 0, part - 1)))
            keys.update(dict.fromkeys(chunk.ids[len(chunk.ids) - tail :], Key(chunk.segment, 0, 0, part + 1)))
    for i, node in graph.nodes.items():
        if i not in keys:
            keys[i] = node.key._replace(step=node.key.step + ended)
    stepped = graph.with_keys(keys)
    stepped.ended = ended
    return stepped


def _chunks(graph: Graph) -> list[Chunk]:
    shared = shared_parameters(graph)
    found: dict[tuple[int, int], list[int]] = {}
    for key, ids in graph.columns.items():
        if not key.order:
            found.setdefault((key.segment, key.step), []).extend(ids)
    told = {place: signs(graph, ids) for place, ids in found.items()}
    distinct = {id(each): each for each in told.values()}
    kinds = {name: _kinds(each, shared) for name, each in distinct.items()}
    return [Chunk(*place, ids, told[place], kinds[id(told[place])]) for place, ids in found.items()]


# -- where the marks stand -------------------------------------------------------------------------


def _marks_end(graph: Graph, chunks: Sequence[Chunk]) -> bool:
    """Whether the marks end the steps: then the first step lies before the first mark.

    Where that is gone, an unmarked rest tells: after a mark that begins a step something is recorded.
    """
    marks = graph.tape.step
    rest = [chunk for chunk in chunks if chunk.marks == marks]
    if graph.forgotten:
        return not rest
    first = [chunk for chunk in chunks if chunk.marks == 0]
    if not first:
        return False
    inner = [chunk.kinds for chunk in chunks if 0 < chunk.marks < marks]
    begin, end = (sum((chunk.kinds for chunk in each), Counter[Hashable]()) for each in (first, rest))
    like_first, like_rest = _likeness(begin, inner or [end]), _likeness(end, inner or [begin])
    used = _parameters(inner)
    if like_first < _ALIKE and used.isdisjoint(_parameters([begin])) and not used.isdisjoint(_parameters([end])):
        return False  # the rest does something with what the steps use, and what is before the first mark does not
    return (not inner and not rest) or (like_first >= _HALF and (like_first >= _ALIKE or like_rest < _HALF))


def _kinds(signs_: Signs, shared: Set[int]) -> Kinds:
    return Counter((sign.kind, *(each for each in sign.parameters if each in shared)) for sign in signs_)


def _parameters(each: Iterable[Kinds]) -> set[Hashable]:
    """The parameters that several columns use, of those that some steps use."""
    return {parameter for kinds in each for kind in kinds if isinstance(kind, tuple) for parameter in kind[1:]}


def _likeness(kinds: Kinds, others: Sequence[Kinds]) -> float:
    """The share of two steps that both have in common, of that step which has most in common with the first."""
    sizes = ((_common(kinds, other), kinds.total() + other.total()) for other in others)
    return max((2 * common / max(total, 1) for common, total in sizes), default=0.0)


def _alike(one: Kinds, other: Kinds) -> bool:
    return _common(one, other) >= _ALIKE * min(one.total(), other.total())


def _common(one: Kinds, other: Kinds) -> int:
    """The number of operations that two steps have in common."""
    return (one & other).total()


# -- loops -----------------------------------------------------------------------------------------


def _loops(graph: Graph, steps: Sequence[Chunk]) -> list[list[Chunk]]:
    """The steps of each loop: of those that the names of the marks tell apart, else of those that share nothing."""
    names = [without_index(graph.tape.mark_names.get(chunk.step, "")) for chunk in steps]
    runs = _runs(names)
    if 1 < len(runs) <= len(steps) / 2 and len({names[run[0]] for run in runs}) == len(runs):
        return [[steps[k] for k in run] for run in runs]
    return [[steps[k] for k in run] for run in _apart(_classes(steps))]


def _runs(values: Sequence[str]) -> list[list[int]]:
    """Positions of equal values that follow each other."""
    runs: list[list[int]] = []
    for k, value in enumerate(values):
        if runs and values[runs[-1][-1]] == value:
            runs[-1].append(k)
        else:
            runs.append([k])
    return runs


def _classes(steps: Sequence[Chunk]) -> list[int]:
    """For each step the number of the first one that is like it."""
    known: dict[int, int] = {}
    examples: list[tuple[Kinds, int]] = []
    for k, step in enumerate(steps):
        name = id(step.signs)
        if name not in known:
            known[name] = next((number for example, number in examples if _alike(step.kinds, example)), k)
            if known[name] == k:
                examples.append((step.kinds, k))
    return [known[id(step.signs)] for step in steps]


def _apart(classes: Sequence[int]) -> list[list[int]]:
    """Stretches of at least two steps that are like none of another stretch; one stretch if there are no such."""
    last = {number: k for k, number in enumerate(classes)}
    stretches: list[list[int]] = []
    end = -1
    for k, number in enumerate(classes):
        if k > end:
            stretches.append([])
        stretches[-1].append(k)
        end = max(end, last[number])
    if len(stretches) > 1 and all(len(stretch) > 1 for stretch in stretches):
        return stretches
    return [[*range(len(classes))]] if classes else []


# -- the ends of a loop ----------------------------------------------------------------------------


class _Ends:
    """How many operations come before and after what repeats, at the ends of a loop and of its windows.

    Before the first mark there may be something else if marks end the steps. After the last step, up to a cut or the
    end, there may always be.

    Args:
        loop: the chunks of a loop; of several.
        ended: whether the marks end the steps.
    """

    def __init__(self, loop: Sequence[Chunk], ended: bool) -> None:
        self._loop, self._ended = loop, ended
        self._slots, _ = align([chunk.signs for chunk in loop])
        final = {chunk.segment: k for k, chunk in enumerate(loop)}.values()
        self._last = set(final) if len(final) < len(loop) else {len(loop) - 1}
        self._repeated = {slot for k, each in enumerate(self._slots) if k not in self._last for slot in each}
        self._marks = Counter(chunk.marks for chunk in loop)
        largest = max(chunk.kinds.total() for chunk in loop)
        self._whole = [k for k, chunk in enumerate(loop) if 2 * chunk.kinds.total() >= largest]

    def __iter__(self) -> Iterator[tuple[Chunk, int, int]]:
        """The chunks that have something before or after, with how many operations."""
        for k, chunk in enumerate(self._loop):
            head = self._head() if k == 0 and self._ended else 0
            tail = self._tail(k) if k in self._last else 0
            if head + tail:
                yield chunk, head, min(tail, len(self._slots[k]) - head)

    def _head(self) -> int:
        """Of the first chunk the operations before the first that another one has too."""
        others = {slot for other in self._slots[1:] for slot in other}
        own = self._slots[0]
        head = next((n for n, slot in enumerate(own) if slot in others), len(own))
        while 0 < head < len(own) and self._lacks(0, range(head, len(own)), head - 1):
            head -= 1
        return head

    def _tail(self, k: int) -> int:
        """Of the last chunk of a window the operations after the last that repeats; all, if it is no step."""
        own = self._slots[k]
        tail = next((n for n, slot in enumerate(reversed(own)) if slot in self._repeated), len(own))
        torn_off = self._share_that_makes_a_step(k)
        if torn_off and not self._is_like_another(k, torn_off):
            tail = len(own)  # of which a last step that began before the cut may still lack the first
            if k < len(self._loop) - 1 or not self._began_before(k):
                return tail
        elif tail == len(own):
            return tail if torn_off else 0
        while tail and self._lacks(k, range(len(own) - tail), len(own) - tail):
            tail -= 1
        return tail

    def _began_before(self, k: int) -> bool:
        """Whether a chunk goes on with a step of which there is something before the cut."""
        parts = (j for j in range(k) if self._loop[j].marks == self._loop[k].marks)
        return any(j not in self._last or self._tail(j) < len(self._slots[j]) for j in parts)

    def _lacks(self, k: int, body: range, place: int) -> bool:
        """Whether most steps have one more of an operation at the border of a step than this one has inside."""
        chunk = self._loop[k]
        done = chunk.signs[place][:2]
        steps = {marks: times for marks, times in self._times(done).items() if marks != chunk.marks}
        beside = sum(
            self._count(other, done) for other in self._loop if other.marks == chunk.marks and other is not chunk
        )
        own = beside + sum(chunk.signs[n][:2] == done for n in body)
        return 2 * sum(times > own for times in steps.values()) > len(steps)

    def _times(self, done: tuple[Hashable, ...]) -> Counter[int]:
        """How often each step does something with some parameters, by the number of marks before it."""
        times: Counter[int] = Counter()
        for chunk in self._loop:
            times[chunk.marks] += self._count(chunk, done)
        return times

    @staticmethod
    def _count(chunk: Chunk, done: tuple[Hashable, ...]) -> int:
        return sum(sign[:2] == done for sign in chunk.signs)

    def _share_that_makes_a_step(self, k: int) -> float:
        """How much of a whole step a chunk without a mark of its own must have to be one; 0 if it has a mark.

        It follows a cut inside the last step, or the last mark that ended one, where a loop may have been left.
        """
        if self._marks[self._loop[k].marks] > 1:
            return _MOST
        return _ALIKE if self._ended and k == len(self._loop) - 1 else 0.0

    def _is_like_another(self, k: int, share: float) -> bool:
        """Whether a chunk has that share of what some whole step before it does, in whatever order."""
        own, before = self._loop[k].kinds, (self._loop[j].kinds for j in self._whole if j < k)
        return any(_common(own, kinds) >= share * kinds.total() for kinds in before)
