"""Measured tables: as Markdown, as JSON, and in place of the ones that a page of the documentation holds."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "torch", "jax", "autograd", "mygrad")


@dataclass
class Table:
    """Measured values of contestants.

    Attributes:
        title: what was measured.
        unit: of the values, as they are shown.
        columns: the settings, such as sizes.
        rows: the values of each contestant, in the order of the columns.
        mark: the contestant that the others are compared with, by ratios in parentheses, if any.
        across: whether contestants are shown as columns and settings as rows.
    """

    title: str
    unit: str
    columns: list[str]
    rows: dict[str, list[float]] = field(default_factory=dict)
    mark: str | None = None
    across: bool = False

    def markdown(self) -> str:
        """The table, with a line above it."""
        cells = {name: [self._cell(name, k) for k in range(len(self.columns))] for name in self.rows}
        head, body = self.columns, cells
        if self.across:
            head = list(cells)
            body = {setting: [cells[name][k] for name in cells] for k, setting in enumerate(self.columns)}
        lines = [["", *head], ["---"] * (len(head) + 1), *([name, *shown] for name, shown in body.items())]
        return "\n".join([f"{self.title}, {self.unit}:", "", *("| " + " | ".join(line) + " |" for line in lines)])

    def _cell(self, name: str, k: int) -> str:
        value = self.rows[name][k]
        if self.mark is None or name == self.mark or self.mark not in self.rows:
            return f"{value:.3g}"
        return f"{value:.3g} ({value / self.rows[self.mark][k]:.2f})"


def surroundings(rounds: int, threads: int) -> dict[str, str]:
    """The machine and the versions with which values are measured, in the order in which they are told."""
    said = {"date": date.today().isoformat(), "machine": f"{_processor()}, {os.cpu_count()} cores"}
    said |= {"load": f"{os.getloadavg()[0]:.1f} at the start", "threads": str(threads), "turns": str(rounds)}
    return said | {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def told(said: Mapping[str, str]) -> str:
    """Surroundings as one line."""
    return "; ".join(f"{name} {value}" for name, value in said.items()) + "."


def save(path: Path, said: Mapping[str, str], part: str, tables: list[Table], notes: list[str]) -> None:
    """Put the tables of one part into a file of results, beside the parts that it has."""
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    results[part] = {"surroundings": dict(said), "notes": notes, "tables": [asdict(table) for table in tables]}
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


def load(path: Path) -> dict[str, tuple[dict[str, str], list[str], list[Table]]]:
    """For each part of a file of results: surroundings, notes and tables."""
    results = json.loads(path.read_text("utf-8"))
    return {
        part: (found["surroundings"], found["notes"], [Table(**table) for table in found["tables"]])
        for part, found in results.items()
    }


def markdown(said: Mapping[str, str], notes: list[str], tables: list[Table]) -> str:
    """One part as Markdown."""
    return "\n\n".join([told(said), *(f"({note}.)" for note in notes), *(table.markdown() for table in tables)])


def put(page: Path, part: str, text: str) -> None:
    """Replace what a page holds between ``<!-- measured: part -->`` and ``<!-- end -->``.

    Raises:
        ValueError: the page has no such place.
    """
    before = page.read_text("utf-8")
    pattern = rf"(<!-- measured: {re.escape(part)} -->\n).*?(<!-- end -->)"
    after, count = re.subn(pattern, lambda found: f"{found[1]}\n{text}\n\n{found[2]}", before, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{page} has {count} places for {part!r}; write <!-- measured: {part} --> and <!-- end -->")
    page.write_text(after, "utf-8")


def _processor() -> str:
    cpus = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", cpus.read_text("utf-8"), re.MULTILINE) if cpus.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
