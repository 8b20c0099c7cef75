"""Other programs and packages in tests: Graphviz is skipped on a machine without it, but never in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from minigrad.draw import draw
from minigrad.draw.graph.model import Graph, Use
from minigrad.draw.reading.reading import Reading

HAS_DOT = shutil.which("dot") is not None
needs_dot = pytest.mark.skipif(
    not HAS_DOT and os.environ.get("MINIGRAD_CI") != "1", reason="Graphviz' dot is not installed"
)


def run_dot(text: str, kind: str) -> bytes:
    """What ``dot`` makes of a text; a warning is an error."""
    done = subprocess.run(["dot", f"-T{kind}"], input=text.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return done.stdout


def without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Make this process one in which packages are not installed."""
    for package in packages:
        for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
            monkeypatch.setitem(sys.modules, name, None)


def only(monkeypatch: pytest.MonkeyPatch, folder: Path, **programs: str) -> None:
    """Make this process one that finds no programs but these, each a line of a shell."""
    folder.mkdir()
    for name, line in programs.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def read(source: Any, *, view: str = "unfolded") -> Reading:
    """What ``draw`` reads in a source before it places anything."""
    return draw(source, view=view)._reading  # type: ignore[arg-type]


def across(graph: Graph) -> list[Use]:
    """The uses of what an earlier column computed, in the order of the tape."""
    nodes = graph.nodes
    return [use for i, node in nodes.items() for use in graph.uses.get(i, ()) if nodes[use.target].key != node.key]
