"""The rooms of ``minigrad/``, their order and what their modules import, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import minigrad

ROOT = Path(minigrad.__file__).parent
LIBRARY = [
    "ground",
    "engine",
    "watchers",
    "primitives",
    "arrays",
    "transforms",
    "storage",
    "nn",
    "optim",
    "bptt",
    "draw",
    "tutorials",
]
ROOMS = [*LIBRARY, "demo", "learn", "command"]  # the last three are programs, which may take minigrad as users do
GROUND = {"errors", "checks", "cuda", "late", "words", "starting", "statements"}
OUTSIDE = {"__main__"}  # they may know every room
# Rooms that know nothing of each other, though one is below the other
STRANGERS = {("bptt", "nn"), ("bptt", "optim"), ("optim", "nn"), ("storage", "transforms.derivatives")}
# A tensor has the operators, which call primitives, which make tensors; a tape and a window show themselves in a
# notebook, inside the function that is asked to.
UPWARDS = {
    ("engine.tensor", "arrays.operators"),
    ("engine.tape", "draw.notebook"),
    ("bptt.window", "draw.notebook"),
}


def _names() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(_names())  # the files by module; "" is minigrad itself


def room(module: str) -> int:
    """The room's place from the ground up; minigrad itself, which knows all of the library, is a program's."""
    first = module.split(".")[0]
    name = "ground" if first in GROUND else first or "demo"
    assert name in ROOMS, f"minigrad/{first} lies in no room: give it a place in tests/rooms.py"
    return ROOMS.index(name)


def imports(module: str) -> Iterator[str]:
    """The modules that a module imports, wherever in it: in functions and for type checkers too."""
    inside = ["minigrad", *module.split(".")] if module else ["minigrad"]
    package = inside if MODULES[module].stem == "__init__" else inside[:-1]
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            named = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base = [*base, *(node.module.split(".") if node.module else [])]
            within = [[*base, alias.name] for alias in node.names]
            named = [parts if ".".join(parts[1:]) in MODULES else base for parts in within]
        else:
            continue
        yield from (".".join(parts[1:]) for parts in named if parts[0] == "minigrad")
