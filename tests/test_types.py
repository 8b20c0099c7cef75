"""What a type checker sees of minigrad: it computes no ``__all__``, so one is asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad as mg


def test_mypy_sees_every_public_name_and_no_helper(tmp_path):
    pytest.importorskip("mypy")
    helpers = ["shape_of", "tail", "transposed", "exponential"]
    lines = [each for name in mg.__all__ for each in (f"mg.{name}", f"from minigrad import {name} as _{name}")]
    programs = {
        "names": ["import minigrad as mg", *lines],
        "star": ["from minigrad import *", *mg.__all__],
        "helpers": ["import minigrad as mg", *(f"mg.{name}" for name in helpers)],
    }
    for name, program in programs.items():
        (tmp_path / f"{name}.py").write_text("\n".join(program) + "\n", "utf-8")
    options = ["--strict", "--config-file=", "--follow-imports=silent", "--cache-dir=cache"]
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *(f"{name}.py" for name in programs)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(Path(mg.__file__).parent.parent)},
    )
    found = re.findall(r'^(\w+)\.py:\d+: error: Module has no attribute "(\w+)"', run.stdout, re.MULTILINE)
    assert found == [("helpers", name) for name in helpers], run.stdout + run.stderr
    assert run.stdout.count("error:") == len(helpers), run.stdout
