from __future__ import annotations

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
    monkeypatch.setattr(threads, "_find_openblas", lambda: pytest.fail("it looked for OpenBLAS"))
    with threads.one_thread_if_small(hidden=64):
        pass


def test_another_blas_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setattr(threads, "_find_openblas", lambda: None)
    with threads.one_thread_if_small(hidden=64):
        pass
