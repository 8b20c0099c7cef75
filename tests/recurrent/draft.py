"""A program while it is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any

from tests.recurrent.choices import Choices
from tests.recurrent.program import Input, Line, Shape

MOST_WEIGHTS = 5
MOST_BIASES = 3

Fits = Callable[[Shape], bool]


class Draft:
    """The values that there are so far, by shape, and the lines that compute them.

    Attributes:
        choices: where everything that is random comes from.
        batch, sizes: what most axes measure; the sizes are few, so that a weight fits in many places.
        plain: whether it is to be like the usual cells: few operations, each weight in a place of its own, and
            several of them beside each other. What goes wrong in those only happens seldom in a wild mixture.
        weights, biases, learned: the leaves.
        derived: what was computed from weights alone, to be used like one.
        inputs, states: of each step.
        values: of a step, among them the states.
        live: what depends on a leaf within its own step.
        before, lines: what is computed once, and at each step.
    """

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.batch = choices.number(1, 3)
        self.sizes = [choices.choice([1, 2, 3, 4, 3, 2]) for _ in range(choices.number(1, 2))]
        self.plain = choices.one_in(2)
        self.weights_wanted = choices.number(2 if self.plain else 1, MOST_WEIGHTS)
        self.uses: Counter[str] = Counter()
        self.weights: dict[str, Shape] = {}
        self.biases: dict[str, Shape] = {}
        self.learned: dict[str, Shape] = {}
        self.derived: dict[str, Shape] = {}
        self.inputs: dict[str, Input] = {}
        self.states: dict[str, Shape] = {}
        self.values: dict[str, Shape] = {}
        self.live: set[str] = set()
        self.before: list[Line] = []
        self.lines: list[Line] = []
        self._count = 0

    def size(self) -> int:
        return self.choices.choice(self.sizes)

    def span(self, size: int) -> dict[str, int]:
        """The bounds of a slice of an axis."""
        a = self.choices.number(0, size - 1)
        return {"a": a, "b": self.choices.number(a + 1, size)}

    # -- lines -------------------------------------------------------------------------------------

    def line(self, operation: str, operands: Iterable[str], **settings: Any) -> Line:
        self._count += 1
        return Line(f"v{self._count}", operation, tuple(operands), settings)

    def append(self, line: Line) -> str:
        """Append a line to the step; returns the name of its result."""
        self.lines.append(line)
        self.uses.update(line.operands)
        if not self.live.isdisjoint(line.operands):
            self.live.add(line.result)
        return line.result

    def emit(self, shape: Shape, operation: str, *operands: str, **settings: Any) -> str:
        """Append a line whose result, of that shape, is one of the values from now on."""
        name = self.append(self.line(operation, operands, **settings))
        self.values[name] = shape
        return name

    # -- operands ----------------------------------------------------------------------------------

    def shape(self, name: str) -> Shape:
        for known in (self.values, self.weights, self.derived, self.biases):
            if name in known:
                return known[name]
        return self.inputs[name].shape

    def value(self, fits: Fits = lambda shape: True) -> str | None:
        """One of the values that fit; the newest is the simplest choice."""
        fitting = [name for name, shape in self.values.items() if fits(shape)]
        return self.choices.choice(reversed(fitting)) if fitting else None

    def any_value(self) -> tuple[str, Shape]:
        """One of the values; in a plain program mostly the first state."""
        first = self.plain and not self.choices.one_in(3)
        name = next(iter(self.states)) if first else self.choices.choice(reversed(self.values))
        return name, self.values[name]

    def from_left(self, shape: Shape) -> bool:
        """Whether a weight meets a value of that shape from the left: columns, and in wild programs others at times."""
        columns = len(shape) > 1 and shape[-1] == self.batch != shape[-2]
        return columns if self.plain else columns or self.choices.one_in(3)

    def weight(self, fresh: Shape, fits: Fits | None = None) -> str | None:
        """A weight of the ``fresh`` shape, or one that fits: a new one while there are few, or one of the others."""
        fits = fits or (lambda shape: shape == fresh)
        fitting = [name for name, shape in [*self.weights.items(), *self.derived.items()] if fits(shape)]
        if len(self.weights) < self.weights_wanted and (self.plain or not fitting or self.choices.one_in(2)):
            return self._leaf(self.weights, "W", fresh)
        if self.plain:
            fitting = [name for name in fitting if self.uses[name] == min(map(self.uses.__getitem__, fitting))]
        return self.choices.choice(fitting) if fitting else None

    def bias(self, shape: Shape) -> str:
        """A bias that broadcasts to ``shape``: of one axis, of two, or of one element."""
        last = shape[-2:]
        shapes = [last[-1:], (1, *last[-1:]), (*last[:-1], 1), last, (1,), ()]
        wanted = self.choices.choice([each for each in shapes if len(each) <= len(shape)])
        same = [name for name, known in self.biases.items() if known == wanted]
        if same and not self.choices.one_in(3):
            return self.choices.choice(same)
        if len(self.biases) < MOST_BIASES:
            return self._leaf(self.biases, "b", wanted)
        fitting = [name for name, known in self.biases.items() if broadcast(known, shape) == shape]
        return self.choices.choice(fitting) if fitting else self._leaf(self.biases, "b", wanted)

    def _leaf(self, kind: dict[str, Shape], letter: str, shape: Shape) -> str:
        name = f"{letter}{len(kind)}"
        kind[name] = shape
        self.live.add(name)
        return name

    def input(self, shape: Shape, kind: str, below: int = 0) -> str:
        """An input of that shape and kind; of two that are alike, one half of the time."""
        new = Input(shape, kind, below)
        alike = [name for name, each in self.inputs.items() if each == new]
        if alike and self.choices.one_in(2):
            return alike[0]
        name = f"{'k' if below else 'x'}{len(self.inputs)}"
        self.inputs[name] = new
        return name


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape of both together, ``None`` where they do not fit."""
    pairs = list(zip_longest(reversed(a), reversed(b), fillvalue=1))
    if any(m != n and 1 not in (m, n) for m, n in pairs):
        return None
    return tuple(max(pair) for pair in reversed(pairs))


def replaced(shape: Shape, axis: int, size: int) -> Shape:
    """The shape with another size of one axis."""
    axis %= len(shape)
    return (*shape[:axis], size, *shape[axis + 1 :])
