"""Which test runs which line."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import pytest

Lines = dict[str, set[int]]  # by path


@dataclass
class Traces:
    """Lines that ran: while the package and the tests were imported, and in each test."""

    imported: Lines = field(default_factory=dict)
    tests: dict[str, Lines] = field(default_factory=dict)  # by node id

    def of(self, path: str, lines: range) -> list[str]:
        """The tests that run one of these lines."""
        wanted = set(lines)
        return [test for test, ran in self.tests.items() if not wanted.isdisjoint(ran.get(path, ()))]

    def anywhere(self, path: str) -> list[str]:
        """The tests that run any line of a file."""
        return [test for test, ran in self.tests.items() if ran.get(path)]

    def at_import(self, path: str, lines: range) -> bool:
        """Whether one of these lines runs when the package or the tests are imported."""
        return not self.imported.get(path, set()).isdisjoint(lines)


class Tracer:
    """A pytest plugin that runs some tests, and fills in ``traces``; to be started before the package is imported."""

    def __init__(self, paths: Collection[str], tests: Collection[str]) -> None:
        self._tests = tests
        self.traces = Traces()
        self._locals = {path: _Local(self, path) for path in paths}
        self._now = self.traces.imported

    def note(self, path: str, line: int) -> None:
        self._now.setdefault(path, set()).add(line)

    def start(self) -> None:
        threading.settrace(self._called)
        sys.settrace(self._called)

    def _called(self, frame: FrameType, event: str, arg: Any) -> Any:
        return self._locals.get(frame.f_code.co_filename)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._tests]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self._now = self.traces.tests[item.nodeid] = {}
        self.start()  # a test may have traced itself
        result = yield
        self._now = {}
        return result


class _Local:
    """What is called for each line of one file."""

    def __init__(self, tracer: Tracer, path: str) -> None:
        self._tracer = tracer
        self._path = path

    def __call__(self, frame: FrameType, event: str, arg: Any) -> _Local:
        if event == "line":
            self._tracer.note(self._path, frame.f_lineno)
        return self
