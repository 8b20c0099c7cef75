"""What ``import minigrad as mg`` offers."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import subprocess
import sys
from pkgutil import iter_modules

import numpy as np
import pytest

import minigrad as mg
from minigrad import primitives
from minigrad.engine.primitive import REGISTRY

FILES = [importlib.import_module(f"minigrad.primitives.{name}") for _, name, _ in iter_modules(primitives.__path__)]


def test_every_public_primitive_is_exported():
    assert sorted(primitives.__all__) == sorted(name for file in FILES for name in getattr(file, "__all__", ()))
    assert set(primitives.__all__) <= set(mg.__all__)
    assert all(hasattr(mg, name) for name in mg.__all__)
    public = {name for name, each in REGISTRY.items() if each.public and each.__module__.startswith("minigrad.")}
    assert public <= set(mg.__all__)


def test_every_name_is_exported_once():
    assert len(set(mg.__all__)) == len(mg.__all__)


def test_nothing_else_is_exported():
    """Of what else has a place in ``minigrad``, all are its own modules, and none is a helper of the primitives."""
    others = {name: other for name, other in vars(mg).items() if not name.startswith("_") and name not in mg.__all__}
    assert all(getattr(other, "__name__", "") == f"minigrad.{name}" for name, other in others.items()), others
    helpers = {name for file in FILES for name in vars(file)} - {*mg.__all__, *others}
    assert {"shape_of", "tail", "transposed", "LETTERS"} <= helpers
    assert not any(hasattr(mg, name) for name in helpers if not name.startswith("__"))


def test_importing_minigrad_imports_no_optional_dependency():
    names = ("cupy", "matplotlib", "rich", "torch", "graphviz", "resvg_py", "PIL")
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


def test_draw_is_a_package_that_can_be_called_copied_and_pickled():
    with mg.Tape() as tape:
        _ = mg.parameter(2.0) * 3.0
    assert mg.draw(tape).svg() == mg.draw.draw(tape).svg()
    assert copy.deepcopy({"draw": mg.draw}) == {"draw": mg.draw}
    assert pickle.loads(pickle.dumps(mg.draw)) is mg.draw
    assert str(inspect.signature(mg.draw)) == str(inspect.signature(mg.draw.draw))
    assert mg.draw.__doc__.startswith(mg.draw.draw.__doc__)


def test_wrong_calls_of_a_tapes_methods_name_them():
    for method in ("backward", "gradient"):
        with pytest.raises(TypeError, match=rf"Tape\.{method}\(\) missing"):
            getattr(mg.Tape(), method)()
