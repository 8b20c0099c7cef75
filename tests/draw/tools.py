"""Graphviz in tests: skipped on a machine without it, but never in CI."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

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
