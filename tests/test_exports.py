"""What ``import minigrad as mg`` offers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np

import minigrad as mg
from minigrad import primitives
from minigrad.engine.primitive import REGISTRY


def test_every_public_primitive_is_exported():
    assert set(primitives.__all__) <= set(mg.__all__)
    assert all(hasattr(mg, name) for name in mg.__all__)
    public = {name for name, each in REGISTRY.items() if each.public and each.__module__.startswith("minigrad.")}
    assert public <= set(mg.__all__)


def test_a_type_checker_sees_every_name():
    """It reads no ``__all__`` that is computed, so the names stand there one by one."""
    tree = ast.parse(Path(mg.__file__).read_text("utf-8"))
    (listed,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")
    assert ast.literal_eval(listed) == mg.__all__
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(primitives.__all__) <= imported


def test_importing_minigrad_imports_no_optional_dependency():
    names = ("cupy", "matplotlib", "rich", "torch", "graphviz")
    program = f"import sys, minigrad; print([name for name in {names} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_numpys_second_names_are_the_same_functions():
    """Where NumPy has one function under two names, so has minigrad."""
    first = {id(getattr(np, name)): name for name in primitives.__all__ if hasattr(np, name)}
    for name in dir(np):
        if id(getattr(np, name, None)) in first and callable(getattr(np, name)):
            assert getattr(mg, name) is getattr(mg, first[id(getattr(np, name))]), name
    for name in primitives.__all__:
        first = next(other for other in primitives.__all__ if getattr(mg, other) is getattr(mg, name))
        assert name == first or hasattr(np, name), "a second name is NumPy's own"
