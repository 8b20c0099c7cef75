"""The course under plain pytest: the fixtures of its tests, and failures in four lines.

``conftest.py`` in the folder of the course, and in a learner's, loads it as a plugin.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from .asking import Todo, Wrong
from .assembly import solved_engine
from .checking import beside, generator, module
from .course import read_course


@pytest.fixture
def exercise(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """The learner's exercise beside the test, on the learner's engine; where there is none, the solution."""
    folder = request.path.parent
    path = next(each for each in (folder / "exercise.py", folder / "solution.py") if each.is_file())
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        with beside(_engine(folder)):
            yield module(f"{path.stem}_{folder.name}", path.read_text("utf-8"), path)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """The random numbers of the test: the same at each run."""
    return generator(request.node.name, 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure of the course without the insides of pytest."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, (Todo, Wrong)):
        report.longrepr = str(call.excinfo.value)
    return report


def _engine(folder: Path) -> str:
    """The engine that the exercise in a folder builds on."""
    mine = folder.parent / "mine" / "engine.py"
    if mine.is_file():
        return mine.read_text("utf-8")
    return solved_engine(read_course(folder.parent), int(folder.name[:2]))
