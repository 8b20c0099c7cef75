from __future__ import annotations

import builtins
import io
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minigrad.demo import session
from minigrad.demo.session import PlainProgress, RichProgress, make_progress
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


def test_one_thread_inside_and_as_before_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    found = session._find_openblas()
    if found is None:
        pytest.skip("NumPy does not bring its own OpenBLAS here")
    get_count, _ = found
    before = get_count()
    with session.one_thread_if_small(hidden=64):
        assert get_count() == 1
    assert get_count() == before
    with session.one_thread_if_small(hidden=session.SMALL):
        assert get_count() == before


def test_the_environment_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    looked: list[bool] = []
    monkeypatch.setattr(session, "_find_openblas", lambda: looked.append(True))
    with session.one_thread_if_small(hidden=64):
        pass
    assert looked == []


def test_another_blas_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    found = session._find_openblas()
    (tmp_path / "numpy.libs").mkdir()
    (tmp_path / "numpy.libs" / "libmkl.so").touch()
    monkeypatch.setattr(np, "__file__", str(tmp_path / "numpy" / "__init__.py"))
    assert session._find_openblas() is None
    before = found and found[0]()
    with session.one_thread_if_small(hidden=64):
        assert (found and found[0]()) == before
