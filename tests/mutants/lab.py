"""The tests run on mutants.

A server process imports the package and collects the tests once. For each mutant it forks; the fork gets the changed
code in place of the old in all functions that live, and runs the tests that run the changed line, the quickest first,
until one fails. What already ran at import has to be imported anew, which is slower.
"""

from __future__ import annotations

import gc
import importlib.machinery
import resource
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.mutants.forks import Send, forked
from tests.mutants.source import Mutant
from tests.mutants.traces import Tracer, Traces

NO_END = "does not end, or ends the process"
_ANEW = "import anew"
_MEMORY = 6 << 30
_OPTIONS = ["-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


class Lab:
    """Runs tests on mutants.

    Args:
        where: the tests, as pytest takes them.
        seconds: how long the tests of one mutant may take together, as measured on the unchanged package.
        slowest: a test that takes longer than this is left out.
    """

    def __init__(self, where: list[str], seconds: float, slowest: float) -> None:
        self.where, self.seconds, self.slowest = where, seconds, slowest
        self.durations: dict[str, float] = {}
        self.left_out: list[str] = []
        self._killers: dict[str, list[str]] = defaultdict(list)  # by function, the tests that caught most lately last
        self.traces = Traces()

    def outcomes(self, mutants: list[Mutant]) -> Iterator[tuple[Mutant, str | None]]:
        """Each mutant with the test that caught it, or ``None`` if none did."""
        paths = {mutant.source.path for mutant in mutants}
        self._keep(dict(forked(lambda send: self._with_tests(lambda items: _measure(items, send)))))
        (self.traces,) = forked(lambda send: send(self._traced(paths)))
        early = {m for m in mutants if self.traces.at_import(m.source.path, m.lines)}
        by_name = {mutant.name: mutant for mutant in mutants}
        late = [mutant for mutant in mutants if mutant not in early]
        again = []
        for name, outcome in forked(lambda send: self._with_tests(lambda items: self._serve(items, late, send))):
            if outcome == _ANEW:
                again.append(by_name[name])
            else:
                yield by_name[name], outcome
        for mutant in mutants:
            if mutant in early or mutant in again:
                yield mutant, self._imported_anew(mutant)

    def _keep(self, durations: dict[str, float | None]) -> None:
        for test, seconds in durations.items():
            if seconds is None or seconds > self.slowest:
                self.left_out.append(test)
            else:
                self.durations[test] = seconds

    def _traced(self, paths: set[str]) -> Traces:
        tracer = Tracer(paths, self.durations)
        tracer.start()
        pytest.main([*_OPTIONS, *self.where], plugins=[tracer])
        return tracer.traces

    def _with_tests(self, work: Callable[[list[pytest.Item]], None]) -> None:
        """Do something with the tests that pytest collects, instead of running them all."""
        instead = _Instead(work)
        pytest.main([*_OPTIONS, *self.where], plugins=[instead])
        if instead.failure is not None:
            raise instead.failure

    # -- in the server -------------------------------------------------------------------------

    def _serve(self, items: list[pytest.Item], mutants: list[Mutant], send: Send) -> None:
        by_id = {item.nodeid: item for item in items}
        living = _living_functions()
        originals: dict[str, CodeType] = {}
        gc.freeze()
        for mutant in mutants:
            source = mutant.source
            original = originals.setdefault(source.path, source.code())
            changes = _changes(original, mutant.code(), living)
            if changes is None:
                send((mutant.name, _ANEW))
                continue
            tests = self._order(mutant, self.traces.of(source.path, mutant.lines))
            chosen = [by_id[test] for test in tests]
            work = _Trial(chosen, self.durations, changes)
            outcome = next(forked(work), NO_END) if tests else None
            if outcome is not None:
                self._remember(mutant, outcome)
            send((mutant.name, outcome))

    def _order(self, mutant: Mutant, tests: list[str]) -> list[str]:
        """The tests that caught something in this function lately, then the quickest, as long as there is time."""
        able = set(tests)
        lately = [test for test in reversed(self._killers[mutant.source.module + mutant.function]) if test in able]
        rest = sorted(able.difference(lately), key=lambda test: (self.durations[test], test))
        chosen, total = [], 0.0
        for test in (*lately, *rest):
            total += self.durations[test]
            if total > self.seconds:
                break
            chosen.append(test)
        return chosen

    def _remember(self, mutant: Mutant, test: str) -> None:
        killers = self._killers[mutant.source.module + mutant.function]
        if test in killers:
            killers.remove(test)
        killers.append(test)
        del killers[:-8]

    # -- with a fresh import -------------------------------------------------------------------

    def _imported_anew(self, mutant: Mutant) -> str | None:
        path = mutant.source.path
        tests = self._order(mutant, self.traces.of(path, mutant.lines) or self.traces.anywhere(path))
        if not tests:
            return None
        code = mutant.code()

        def work(send: Send) -> None:
            original = importlib.machinery.SourceFileLoader.get_code

            def get_code(loader: Any, name: str) -> Any:
                return code if loader.path == path else original(loader, name)

            importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]
            first = _First()
            status = pytest.main([*_OPTIONS, "-x", *tests], plugins=[first])
            send(first.failed or (None if status == pytest.ExitCode.OK else "the tests cannot be collected"))

        limit = 20 + 5 * sum(self.durations[test] for test in tests)
        return next(forked(work, limit), NO_END)


class _Instead:
    """A pytest plugin that does something else with the tests than to run them all."""

    def __init__(self, work: Callable[[list[pytest.Item]], None]) -> None:
        self.work = work
        self.failure: BaseException | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        try:
            self.work(session.items)
        except BaseException as failure:
            self.failure = failure  # pytest would only print it
        return True


class _First:
    """A pytest plugin that notes the first test that fails."""

    def __init__(self) -> None:
        self.failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid


class _Trial:
    """The work of one fork: change the code, run the tests, send the first that fails, or ``None``."""

    def __init__(
        self, items: list[pytest.Item], durations: dict[str, float], changes: list[tuple[FunctionType, CodeType]]
    ) -> None:
        self.items, self.durations, self.changes = items, durations, changes

    def __call__(self, send: Send) -> None:
        for function, code in self.changes:
            function.__code__ = code
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        first = _First()
        for item, following in zip(self.items, [*self.items[1:], None], strict=True):
            if item is self.items[0]:
                item.config.pluginmanager.register(first)
            signal.setitimer(signal.ITIMER_REAL, 3 + 10 * self.durations[item.nodeid])
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if first.failed:
                break
        send(first.failed)


def _measure(items: list[pytest.Item], send: Send) -> None:
    """Send (test, seconds), with ``None`` for one that fails."""
    first = _First()
    items[0].config.pluginmanager.register(first)
    for item, following in zip(items, [*items[1:], None], strict=True):
        started, first.failed = time.perf_counter(), None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        send((item.nodeid, None if first.failed else time.perf_counter() - started))


# -- code in place of other code -------------------------------------------------------------------


def _living_functions() -> dict[CodeType, list[FunctionType]]:
    living = defaultdict(list)
    for thing in gc.get_objects():
        if type(thing) is FunctionType:
            living[thing.__code__].append(thing)
    return living


def _changes(
    old: CodeType, new: CodeType, living: dict[CodeType, list[FunctionType]]
) -> list[tuple[FunctionType, CodeType]] | None:
    """The functions that run changed code, with that code; ``None`` where that cannot be told or exchanged."""
    before, after = list(_codes(old)), list(_codes(new))
    if [code.co_name for code in before] != [code.co_name for code in after]:
        return None
    changes = []
    for was, becomes in zip(before, after, strict=True):
        if was != becomes:
            if len(was.co_freevars) != len(becomes.co_freevars):
                return None
            changes += [(function, becomes) for function in living.get(was, ())]
    return changes


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
