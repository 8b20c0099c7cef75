"""What the random programs are made of: every ingredient is drawn often, and mixed with others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from tests.recurrent.choices import LENGTH, Choices
from tests.recurrent.draft import MOST_WEIGHTS
from tests.recurrent.operations import LEFT, OPERATIONS, PICKS, RIGHT
from tests.recurrent.program import Line, Program
from tests.recurrent.programs import MOST_STEPS, some_program

PROGRAMS = 1000


@pytest.fixture(scope="module")
def some() -> list[Program]:
    rng = Random(0)
    return [some_program(Choices(rng.randbytes(LENGTH))) for _ in range(PROGRAMS)]


def lines(program: Program) -> list[Line]:
    return [*program.before, *program.lines, *(line for head in program.heads for line in head.lines)]


def weights(program: Program) -> list[str]:
    return [name for name in program.leaves if name.startswith("W")]


def uses(program: Program) -> Counter[str]:
    return Counter(name for line in lines(program) for name in set(line.operands) if name in weights(program))


def meets(program: Program, *kinds: str) -> bool:
    """Whether an input of one of these kinds is multiplied by a weight."""
    known = {name for name, each in program.inputs.items() if each.kind in kinds}
    return any(line.operation in RIGHT | LEFT and line.operands[0] in known for line in lines(program))


def several_axes(program: Program) -> bool:
    return any(len(shape) == 3 for shape in program.states.values())


def pair_on_one_value(program: Program) -> bool:
    """Whether two weights meet one value, each of them nothing else."""
    once = {name for name, count in uses(program).items() if count == 1}
    met = Counter(line.operands[0] for line in lines(program) if len(line.operands) > 1 and line.operands[1] in once)
    return max(met.values(), default=0) > 1


INGREDIENTS: dict[str, tuple[float, Callable[[Program], bool]]] = {
    **{f"{n} weights": (0.05, lambda p, n=n: len(weights(p)) == n) for n in range(1, MOST_WEIGHTS + 1)},
    "a weight several times in a step": (0.5, lambda p: max(uses(p).values(), default=0) > 1),
    "a pair of weights on one value": (0.15, pair_on_one_value),
    "transposed": (0.2, lambda p: any(".T" in line.operation for line in lines(p))),
    "sliced": (0.2, lambda p: any("{a}:{b}" in line.operation for line in lines(p))),
    "columns": (0.3, lambda p: any(line.operation in LEFT for line in lines(p))),
    "a bias of one axis": (0.1, lambda p: any(n[0] == "b" and len(s) == 1 for n, s in p.leaves.items())),
    "a bias of two axes": (0.1, lambda p: any(n[0] == "b" and len(s) == 2 for n, s in p.leaves.items())),
    "a scalar bias": (0.05, lambda p: any(n[0] == "b" and s == () for n, s in p.leaves.items())),
    "an embedding": (0.2, lambda p: any(line.operation in PICKS for line in lines(p))),
    "integers": (0.05, lambda p: meets(p, "int8", "uint8", "int64")),
    "booleans": (0.02, lambda p: meets(p, "bool")),
    "float32 among float64": (0.02, lambda p: meets(p, "single")),
    "several states": (0.5, lambda p: len(p.states) > 1),
    "a state of three axes": (0.02, several_axes),
    "several heads": (0.5, lambda p: len(p.heads) > 1),
    "a learned start": (0.3, lambda p: any(name.endswith("_start") for name in p.leaves)),
    "a state of two steps' delay": (0.02, lambda p: bool(set(p.states) & set(p.carried))),
    "losses at some steps": (0.3, lambda p: any(len(head.steps) < p.steps for head in p.heads)),
    "computed once": (0.04, lambda p: bool(p.before)),
    "four steps or more": (0.6, lambda p: 4 <= p.steps <= MOST_STEPS),
}


@pytest.mark.parametrize("what", INGREDIENTS)
def test_an_ingredient_is_drawn_often(what, some):
    share, has = INGREDIENTS[what]
    assert sum(map(has, some)) >= share * PROGRAMS


def test_every_operation_is_drawn(some):
    drawn = Counter(operation for program in some for operation in {line.operation for line in lines(program)})
    assert drawn.keys() == OPERATIONS.keys()
    assert min(drawn.values()) >= 0.005 * PROGRAMS


def test_a_program_fits_its_bytes_and_nothing_is_said_twice(some):
    rng = Random(0)
    for program in some[:100]:
        choices = Choices(rng.randbytes(LENGTH))
        assert repr(some_program(choices)) == repr(program)
        assert any(choices._bytes), "the program needed more bytes than there are"
        results = [line.result for line in lines(program)]
        assert len(set(results)) == len(results)
