"""The rooms of the house: each imports only rooms that are below it, and every module can be reached by its name."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import minigrad

ROOT = Path(minigrad.__file__).parent
ROOMS = ["ground", "engine", "primitives", "arrays", "transforms", "storage", "nn", "optim", "bptt", "draw"]
ROOMS += ["demo", "command"]  # programs, which may take minigrad as their users do
GROUND = {"errors", "checks", "words", "starting"}
OUTSIDE = {"__main__", "tutorials"}  # they may know every room
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


MODULES = dict(_names())  # "" is minigrad itself


def room(module: str) -> int:
    """The room's place from the ground up; minigrad itself, which knows all of the library, is a program's."""
    first = module.split(".")[0]
    return ROOMS.index("ground" if first in GROUND else first or "demo")


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
            named = [
                [*base, alias.name] if ".".join([*base, alias.name][1:]) in MODULES else base for alias in node.names
            ]
        else:
            continue
        yield from (".".join(parts[1:]) for parts in named if parts[0] == "minigrad")


@pytest.mark.parametrize("module", [module for module in MODULES if module and module not in OUTSIDE])
def test_a_room_imports_only_rooms_below_it(module):
    assert {(module, other) for other in imports(module) if room(other) > room(module)} <= UPWARDS


def test_the_exceptions_are_needed():
    assert {(module, other) for module in MODULES for other in imports(module)} >= UPWARDS


def test_primitives_can_be_read_in_the_order_of_their_list():
    """Each file imports only those that the room's README lists above it, so they import each other in no circle."""
    listed = re.findall(r"^- `(\w+)\.py`: ", (ROOT / "primitives" / "README.md").read_text("utf-8"), re.MULTILINE)
    files = [f"primitives.{name}" for name in listed]
    assert sorted(["primitives", *files]) == sorted(module for module in MODULES if module.startswith("primitives"))
    for place, file in enumerate(files):
        assert {other for other in imports(file) if other.startswith("primitives")} <= set(files[:place]), file


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__main__"])
def test_no_module_is_hidden_by_a_function_of_its_name(module):
    """``import minigrad.draw.svg as svg`` finds the module: each step of the name leads to the next."""
    found = importlib.import_module(f"minigrad.{module}".rstrip("."))
    reached = minigrad
    for part in filter(None, module.split(".")):
        reached = getattr(reached, part)
    assert reached is found
