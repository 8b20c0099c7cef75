from __future__ import annotations

import builtins
import io
import random
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from minigrad.demo.progress import PlainProgress, RichProgress, make_progress
from minigrad.demo.train import Curve


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def _random_state_restored() -> Iterator[None]:
    """rich numbers its styles with Python's global generator."""
    state = random.getstate()
    yield
    random.setstate(state)


def play(progress: Any, windows: int) -> None:
    curve = Curve()
    with progress:
        for number in range(windows):
            curve.bits.append(4.0 - number / windows)
            curve.norms.append(0.5)
            curve.characters.append(5)
            progress.update(curve)


def test_plain_lines_outside_a_terminal() -> None:
    stream = io.StringIO()
    progress = make_progress(100, stream)
    assert isinstance(progress, PlainProgress)
    play(progress, 100)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 21
    assert lines[0].startswith("window   1/100  4.000 bits/char  ‖∇‖ 0.50  ")
    assert lines[-1].startswith("window 100/100  3.105 bits/char")
    assert lines[-1].endswith("windows/s")
    assert "\x1b" not in stream.getvalue()


@pytest.mark.usefixtures("_random_state_restored")
def test_live_bar_on_a_terminal() -> None:
    pytest.importorskip("rich")
    stream = Terminal()
    progress = make_progress(10, stream)
    assert isinstance(progress, RichProgress)
    play(progress, 10)
    assert "10/10" in stream.getvalue()
    assert "bits/char" in stream.getvalue()


def test_plain_lines_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_rich(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "rich":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    for name in [name for name in sys.modules if name.split(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without_rich)
    assert isinstance(make_progress(10, Terminal()), PlainProgress)
