"""What a notebook shows."""

from __future__ import annotations

import subprocess
import sys

import pytest

import minigrad as mg
from minigrad.draw import draw, notebook
from tests.draw.tapes import KINDS, by_hand, window


@pytest.mark.parametrize("kind", KINDS)
def test_a_tape_and_a_window_show_themselves(kind: str) -> None:
    source = KINDS[kind]()
    assert source._repr_mimebundle_() == {"text/plain": repr(source), "image/svg+xml": draw(source).svg()}


def test_a_notebook_may_choose() -> None:
    tape = by_hand()
    assert set(tape._repr_mimebundle_(include=["image/svg+xml"])) == {"image/svg+xml"}
    assert tape._repr_mimebundle_(exclude=["image/svg+xml"]) == {"text/plain": repr(tape)}


def test_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr(notebook, "draw", broken)
    assert "no ink" in window(2)._repr_mimebundle_()["text/plain"]


def test_a_very_long_tape_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "MOST_RECORDS", 3)
    assert set(notebook.bundle(by_hand())) == {"text/plain"}


def test_the_core_does_not_import_the_drawing() -> None:
    code = "import sys, minigrad.primitives, minigrad.engine.tape; "
    code += "sys.exit(any(name.startswith('minigrad.draw') for name in sys.modules))"
    stub = "import sys, types, pathlib; package = types.ModuleType('minigrad'); "
    stub += f"package.__path__ = [{str(next(iter(mg.__path__)))!r}]; sys.modules['minigrad'] = package; "
    assert subprocess.run([sys.executable, "-c", stub + code], check=False).returncode == 0
