"""A small text with structure to learn, and the settings of a run that takes a moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minigrad.demo import Settings

TEXT = "the cat sat on the mat. the dog sat on the log. a bird sang in the tree.\n" * 40


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.fixture
def make_settings(text_file: Path, tmp_path: Path) -> Callable[..., Settings]:
    def make(**changes: Any) -> Settings:
        small: dict[str, Any] = {
            "text": text_file,
            "k": 5,
            "hidden": 16,
            "steps": 40,
            "batch": 4,
            "lr": 0.02,
            "out": tmp_path / "out",
        }
        return Settings(**{**small, **changes})

    return make
