from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from minigrad.demo import threads


def test_one_thread_inside_and_as_before_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    found = threads._find_openblas()
    if found is None:
        pytest.skip("NumPy does not bring its own OpenBLAS here")
    get_count, _ = found
    before = get_count()
    with threads.one_thread_if_small(hidden=64):
        assert get_count() == 1
    assert get_count() == before
    with threads.one_thread_if_small(hidden=threads.SMALL):
        assert get_count() == before


def test_the_environment_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    looked: list[bool] = []
    monkeypatch.setattr(threads, "_find_openblas", lambda: looked.append(True))
    with threads.one_thread_if_small(hidden=64):
        pass
    assert looked == []


def test_another_blas_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    found = threads._find_openblas()
    (tmp_path / "numpy.libs").mkdir()
    (tmp_path / "numpy.libs" / "libmkl.so").touch()
    monkeypatch.setattr(np, "__file__", str(tmp_path / "numpy" / "__init__.py"))
    assert threads._find_openblas() is None
    before = found and found[0]()
    with threads.one_thread_if_small(hidden=64):
        assert (found and found[0]()) == before
