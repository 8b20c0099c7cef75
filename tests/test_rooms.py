"""The rooms of the house: each imports only rooms that are below it, and every module can be reached by its name."""

from __future__ import annotations

import importlib
import random
import re

import pytest

import minigrad
from tests.rooms import MODULES, OUTSIDE, ROOMS, ROOT, STRANGERS, UPWARDS, imports, room


@pytest.mark.parametrize("module", [module for module in MODULES if module and module not in OUTSIDE])
def test_a_room_imports_only_rooms_below_it(module):
    assert {(module, other) for other in imports(module) if room(other) > room(module)} <= UPWARDS


@pytest.mark.parametrize(("room", "other"), sorted(STRANGERS))
def test_strangers_import_nothing_of_each_other(room, other):
    inside = lambda module, place: f"{module}.".startswith(f"{place}.")
    assert [(m, n) for m in MODULES if inside(m, room) for n in imports(m) if inside(n, other)] == []


def test_nothing_is_imported_in_a_way_that_these_tests_do_not_see():
    ways = re.compile(r"__import__|import_module|resolve_name")
    found = {module for module, path in MODULES.items() if ways.search(path.read_text("utf-8"))}
    assert found == {"draw"}  # which imports itself, where a pickle is read


def test_the_exceptions_are_needed():
    assert {(module, other) for module in MODULES for other in imports(module)} >= UPWARDS


def test_primitives_can_be_read_in_the_order_of_their_list():
    """Each file imports only those that the room's README lists above it, so they import each other in no circle."""
    listed = re.findall(r"^- `(\w+)\.py`: ", (ROOT / "primitives" / "README.md").read_text("utf-8"), re.MULTILINE)
    files = [f"primitives.{name}" for name in listed]
    assert sorted(["primitives", *files]) == sorted(module for module in MODULES if module.startswith("primitives"))
    for place, file in enumerate(files):
        assert {other for other in imports(file) if other.startswith("primitives")} <= set(files[:place]), file


@pytest.mark.parametrize("name", ROOMS[1:])
def test_a_room_says_what_it_is_for_and_names_each_of_its_files(name):
    text = (ROOT / name / "README.md").read_text("utf-8")
    files = {path.name for path in (ROOT / name).glob("*.py")} - {"__init__.py"}
    assert [file for file in sorted(files) if f"`{file}`" not in text] == []


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__main__"])
def test_no_module_is_hidden_by_a_function_of_its_name(module):
    """``import minigrad.draw.write.svg as svg`` finds the module: each step of the name leads to the next."""
    drawn = random.getstate()
    found = importlib.import_module(f"minigrad.{module}".rstrip("."))
    random.setstate(drawn)  # Textual draws from it when it is imported
    reached = minigrad
    for part in filter(None, module.split(".")):
        reached = getattr(reached, part)
    assert reached is found
