"""What ``import minigrad as mg`` offers."""

from __future__ import annotations

import subprocess
import sys

import minigrad as mg
from minigrad import primitives
from minigrad.primitive import REGISTRY


def test_every_public_primitive_is_exported():
    assert set(primitives.__all__) <= set(mg.__all__)
    assert all(hasattr(mg, name) for name in mg.__all__)
    public = {name for name, each in REGISTRY.items() if each.public and each.__module__.startswith("minigrad.")}
    assert public <= set(mg.__all__)


def test_importing_minigrad_imports_no_optional_dependency():
    names = ("cupy", "matplotlib", "rich", "torch", "graphviz")
    program = f"import sys, minigrad; print([name for name in {names} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
