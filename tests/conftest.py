"""Fixtures of the whole suite: the array modules that tests run on, and a guard against leaked state."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minigrad import late
from minigrad.engine.context import active_tape
from tests.numeric import torch_or_skip
from tests.strict import strict
from tests.strict_calls import FAULTS
from tests.witness import Witness

BACKENDS = ["numpy", "strict", pytest.param("cupy", marks=pytest.mark.gpu)]


WITNESS = Witness()
WITNESS.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--note-passed", metavar="FILE", help="write the names of the tests that passed into a file")
    parser.addoption("--except-passed", metavar="FILE", help="leave out the tests that such a file names")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.note_passed and not hasattr(config, "workerinput"):  # not in a process of pytest-xdist
        config.pluginmanager.register(_Passed(Path(config.option.note_passed)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.except_passed:
        passed = set(Path(config.option.except_passed).read_text("utf-8").splitlines())
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in passed])
        items[:] = [item for item in items if item.nodeid not in passed]


class _Passed:
    """Notes the tests that passed, so that another environment need not run them again."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.outcomes: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.outcomes[report.nodeid].add(report.outcome)

    def pytest_sessionfinish(self) -> None:
        passed = [name for name, outcomes in self.outcomes.items() if outcomes == {"passed"} and "\n" not in name]
        self.file.write_text("\n".join(passed), "utf-8")


@pytest.fixture(autouse=True)
def _witnessed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every walk of every test compared with the reference, but where a test says why not."""
    marker = request.node.get_closest_marker("unwitnessed")
    assert marker is None or marker.args[0], "say why the walks of this test are not compared"
    WITNESS.awake = marker is None
    yield
    WITNESS.awake = True


@pytest.fixture(params=BACKENDS)
def xp(request: pytest.FixtureRequest) -> Any:
    """An array module: NumPy, the strict stand-in for a device, and CuPy under ``-m gpu``."""
    return module(request.param)


def module(name: str) -> Any:
    if name == "cupy":
        import cupy

        return cupy
    return strict if name == "strict" else np


def pytest_collection_finish(session: pytest.Session) -> None:
    """One line, instead of an error for each test, where the tests for a GPU are asked for without CuPy."""
    if any(item.get_closest_marker("gpu") for item in session.items) and find_spec("cupy") is None:
        pytest.exit("the tests marked gpu need CuPy: pip install -e '.[cuda,dev]', or cuda12", returncode=4)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator seeded by the test's name, so that no test depends on another one."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture(autouse=True)
def _leaks_nothing() -> Iterator[None]:
    """Fail a test that calls what CuPy lacks, leaves a tape active, or moves a global random state."""
    before = np.random.get_state(), random.getstate()
    FAULTS.clear()
    yield
    late.forget()
    faults = FAULTS.copy()
    FAULTS.clear()
    assert not faults, f"CuPy has no such thing: {faults}"
    tape = active_tape.get()
    if tape is not None:
        active_tape.set(None)
    after = np.random.get_state(), random.getstate()
    assert tape is None, f"the test left a tape active: {tape!r}"
    assert np.array_equal(before[0][1], after[0][1]), "the test drew from np.random's global state"
    assert before[0][2:] == after[0][2:], "the test drew from np.random's global state"
    assert before[1] == after[1], "the test drew from random's global state"


@pytest.fixture(params=BACKENDS[1:])
def device(request: pytest.FixtureRequest) -> Any:
    """An array module other than NumPy: the strict stand-in, and CuPy under ``-m gpu``."""
    return module(request.param)


@pytest.fixture
def torch() -> Iterator[Any]:
    """PyTorch on one thread: several wait for each other, on a busy machine a hundred times as long as they compute."""
    torch = torch_or_skip()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)
