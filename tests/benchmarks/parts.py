"""The parts of the benchmark of windows: each measures contestants in turns and makes tables."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

from tests.benchmarks import examples
from tests.benchmarks.measure import ROOT, in_turns
from tests.benchmarks.peers.problem import SIZES
from tests.benchmarks.report import Table
from tests.benchmarks.window import CONTESTANTS, obstacle

MARK = "NumPy, best"
FOR_MINUTES = "torch.compile, window"  # left out unless it is asked for
IN_GROWTH = ("NumPy, best", "replayed", "minigrad")
BASE = SIZES["S"]
GROWING = {
    "k": [(BASE[0], BASE[1], BASE[2], k) for k in (12, 25, 50, 100)],
    "B": [(BASE[0], BASE[1], batch, BASE[3]) for batch in (4, 16, 64, 256)],
    "H": [(BASE[0], hidden, BASE[2], BASE[3]) for hidden in (32, 64, 128, 256, 512)],
}
LENGTHS = (4, 16, 64, 256)  # windows, for growth with T


@dataclass(frozen=True)
class Run:
    """What is measured, and how."""

    rounds: int
    cells: Sequence[str]
    sizes: Sequence[str]
    contestants: Sequence[str]
    env: dict[str, str]
    notes: list[str]  # what was left out, and why
    equal: dict[str, list[str]] = field(default_factory=dict)  # by cell, the contestants that run and compute the same


def windows(run: Run) -> Iterator[Table]:
    """The time of one window, for every cell, size and contestant; the losses are compared first."""
    for cell in run.cells:
        yield _of_windows(run, cell, "seconds", 1e3, "milliseconds a window")


def memory(run: Run) -> Iterator[Table]:
    """Peaks of resident memory: of windows that are like the ones before, and from the first one on."""
    few = replace(run, rounds=min(run.rounds, 3))  # it varies little
    unit = "MB of resident memory at the peak, beyond what the process holds after the import"
    for cell in run.cells:
        yield _of_windows(few, cell, "memory", 1e-6, f"later windows, {unit}")
        yield _of_windows(few, cell, "first memory", 1e-6, f"first windows included, {unit}")


def growth(run: Run) -> Iterator[Table]:
    """The time of a window of an RNN as one size grows, and that of the first steps of a sequence as it grows."""
    names = [name for name in IN_GROWTH if name in run.contestants]
    sizes = [(f"{letter} = {size['VHBk'.index(letter)]}", size) for letter, some in GROWING.items() for size in some]
    table = Table("RNN, (V, H, B, k) = S but for", "milliseconds", [], mark=MARK, across=True)
    table.rows = {name: [] for name in names}
    for label, size in sizes:
        _add(table, label, _medians(run, names, [",".join(map(str, size)), "RNN"]), 1e3)
    for count in LENGTHS:
        times = _medians(run, names, ["S", "RNN", "--of", "from start", "--windows", str(count)])
        _add(table, f"T = {count * BASE[3]}, from the first step on", times, 1e3)
    yield table


def capture(run: Run) -> Iterator[Table]:
    """What the first windows take more than later ones, in windows of the eager loop."""
    names = [name for name in ("replayed", "jax scan") if name in run.contestants]
    for cell in run.cells:
        table = Table(cell, "first windows beyond later ones, in eager windows", [], {name: [] for name in names})
        for size in run.sizes:
            eager = _medians(run, ["minigrad"], [size, cell])["minigrad"]
            _add(table, _label(size), _medians(run, names, [size, cell, "--of", "capture"]), 1 / eager)
        yield table


def per_example(run: Run) -> Iterator[Table]:
    """Per-example gradients of an RNN: batched, and by a loop in Python."""
    found = {name: find_spec(library) is not None for name, library in examples.LIBRARIES.items()}
    run.notes.extend(f"{name} is left out: its library is not installed" for name in found if not found[name])
    names = [name for name in found if found[name]]
    table = Table("RNN, per-example gradients", "milliseconds", [], {name: [] for name in names}, "minigrad vmap")
    for size in (size for size in run.sizes if size != "L"):  # whose gradients are 150 MB
        _add(table, _label(size), _medians(run, names, [size], "tests.benchmarks.examples"), 1e3)
    yield table


PARTS: dict[str, Callable[[Run], Iterator[Table]]] = {
    "windows": windows,
    "memory": memory,
    "growth": growth,
    "capture": capture,
    "examples": per_example,
}


def able(names: Iterable[str], notes: list[str]) -> list[str]:
    """The contestants that can run here; of each other one a note says why not."""
    able_ones = []
    for name in names:
        why = obstacle(name)
        if why is None:
            able_ones.append(name)
        else:
            notes.append(f"{name} is left out: {why}")
    return able_ones


def default_contestants(notes: list[str]) -> list[str]:
    """All but the one that compiles for minutes."""
    notes.append(f"{FOR_MINUTES} is left out: it takes minutes to compile; ask for it with --contestants")
    return [name for name in CONTESTANTS if name != FOR_MINUTES]


def _of_windows(run: Run, cell: str, of: str, scale: float, unit: str) -> Table:
    if cell not in run.equal:
        run.equal[cell] = _equal(run, cell)
    names = run.equal[cell]
    table = Table(cell, unit, [], {name: [] for name in names}, MARK)
    for size in run.sizes:
        _add(table, _label(size), _medians(run, names, [size, cell, "--of", of]), scale)
    return table


def _equal(run: Run, cell: str) -> list[str]:
    """The contestants that run at all sizes; their losses must be equal.

    Raises:
        ValueError: a loss differs: its contestant computes something else.
    """
    running = list(run.contestants)
    for size in run.sizes:
        losses: dict[str, float] = {}
        for name in list(running):
            try:
                losses[name] = _medians(run, [name], [size, cell, "--of", "loss"], rounds=1)[name]
            except subprocess.CalledProcessError as failure:
                if failure.returncode < 0:  # somebody ended it
                    raise
                running.remove(name)
                run.notes.append(f"{name} is left out for {cell}: it fails at {size}, with status {failure.returncode}")
        first = next(iter(losses.values()))
        wrong = {name: loss for name, loss in losses.items() if abs(loss - first) > 1e-4 * abs(first)}
        if wrong:
            raise ValueError(f"{cell}, {size}: the loss of the third window is {first}, but {wrong}")
    return running


def _medians(
    run: Run, names: Sequence[str], settings: Sequence[str], module: str = "tests.benchmarks.window", rounds: int = 0
) -> dict[str, float]:
    _say(f"{' '.join(settings)}: {', '.join(names)}")
    commands = {name: (ROOT, ["-m", module, name, *settings]) for name in names}
    times = in_turns(commands, rounds or run.rounds, run.env)
    return {name: statistics.median(values) for name, values in times.items()}


def _add(table: Table, column: str, values: dict[str, float], scale: float) -> None:
    table.columns.append(column)
    for name, value in values.items():
        table.rows[name].append(scale * value)


def _label(size: str) -> str:
    return f"{size} {SIZES[size]}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
