"""The exercises in ``tutorials/``: where they are, how a test loads one, and what a hole raises."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

COURSE = Path(__file__).resolve().parents[2] / "tutorials"


class Todo(NotImplementedError):  # noqa: N818 (it is no error of the student's)
    """Raised by a hole of an exercise that is not filled in yet."""


def exercises(course: Path = COURSE) -> list[Path]:
    """The folders of the exercises (``NN_topic``), in order."""
    return sorted(folder for folder in course.glob("[0-9][0-9]_*") if folder.is_dir())


def solution_of(exercise: Path) -> Path:
    """The file with the solution of the exercise in folder ``exercise``."""
    return exercise.parent / "solutions" / f"{exercise.name}.py"


def load(test_file: str) -> ModuleType:
    """The ``exercise.py`` beside a test file; its solution if ``MINIGRAD_SOLUTION=1`` is in the environment.

    Raises:
        FileNotFoundError: there is no such file.
    """
    folder = Path(test_file).resolve().parent
    path = solution_of(folder) if os.environ.get("MINIGRAD_SOLUTION") == "1" else folder / "exercise.py"
    spec = importlib.util.spec_from_file_location(f"exercise_{folder.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
