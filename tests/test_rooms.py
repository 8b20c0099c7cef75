"""The rooms of the house: each imports only rooms that are below it, and every module can be reached by its name."""

from __future__ import annotations

import importlib

import pytest

import minigrad
from tests.rooms import MODULES, OUTSIDE, ROOMS, ROOT, UPWARDS, imports, room


@pytest.mark.parametrize("module", [module for module in MODULES if module and module not in OUTSIDE])
def test_a_room_imports_only_rooms_below_it(module):
    assert {(module, other) for other in imports(module) if room(other) > room(module)} <= UPWARDS


def test_the_exceptions_are_needed():
    assert {(module, other) for module in MODULES for other in imports(module)} >= UPWARDS


@pytest.mark.parametrize("name", ROOMS[1:])
def test_a_room_says_what_it_is_for_and_names_each_of_its_files(name):
    text = (ROOT / name / "README.md").read_text("utf-8")
    files = {path.name for path in (ROOT / name).glob("*.py")} - {"__init__.py"}
    assert [file for file in sorted(files) if f"`{file}`" not in text] == []


@pytest.mark.parametrize("module", [module for module in MODULES if module != "__main__"])
def test_no_module_is_hidden_by_a_function_of_its_name(module):
    """``import minigrad.draw.svg as svg`` finds the module: each step of the name leads to the next."""
    found = importlib.import_module(f"minigrad.{module}".rstrip("."))
    reached = minigrad
    for part in filter(None, module.split(".")):
        reached = getattr(reached, part)
    assert reached is found
