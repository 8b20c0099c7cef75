"""What is known of a chapter of the course: each check run on the solution, on stubs, on mistakes and on mutants.

``python -m tests.tutorials.proof 4`` prints it for chapter 4 while one writes it.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

from minigrad.tutorials.assembly import solved_engine
from minigrad.tutorials.checking import Outcome, checks, loaded, made, meaning, mistakes, run
from minigrad.tutorials.course import Chapter, read_course
from minigrad.tutorials.sources import stubbed
from tests.mutants.source import Mutant, Source

SECONDS = 5  # of a mutant, which may never end
WORDS = 450  # of a README
SEEDS = (0, 2027)


class _TooLongError(BaseException):
    """A test that does not end."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End with an error what takes longer."""

    def late(signum: int, frame: FrameType | None) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@cache
def engine_for(chapter: Chapter) -> str:
    """What the chapter builds on, all of it of the solution."""
    return solved_engine(read_course(), chapter.number)


def outcomes(chapter: Chapter, text: str, seed: int = 0) -> list[Outcome]:
    """What each test says of an exercise with that text."""
    exercise = loaded(chapter, text, engine_for(chapter))
    return [run(name, test, exercise, seed) for name, test in checks(chapter).items()]


def stub_from(chapter: Chapter, hole: int) -> str:
    """The solution, whose holes from number ``hole`` on are open."""
    opened = {each.name: f"hole {each.number}: {each.name}" for each in chapter.holes if each.number >= hole}
    return stubbed(chapter.solution, opened)


def hole_of(chapter: Chapter, test: str) -> int:
    """The number of the hole that a test looks at."""
    (found,) = (hole.number for hole in chapter.holes if test.startswith(hole.prefix))
    return found


def mutants(chapter: Chapter) -> list[Mutant]:
    """The changes of the chapter's solution, inside its holes."""
    names = {hole.name for hole in chapter.holes}
    every = Source(chapter.name, chapter.folder / "solution.py").mutants()
    return [each for each in every if any(f"{each.function}.".startswith(f"{name}.") for name in names)]


def survivors(chapter: Chapter) -> tuple[list[str], int]:
    """The names of the mutants that pass all tests, and how many mutants there are."""
    engine = engine_for(chapter)
    tests = checks(chapter)
    every = mutants(chapter)
    alive = []
    for mutant in every:
        try:
            with limited(SECONDS):
                exercise = loaded(chapter, mutant.text(), engine)
                if all(run(name, test, exercise).state == "passed" for name, test in tests.items()):
                    alive.append(mutant.name)
        except (Exception, _TooLongError):
            continue
    return alive, len(every)


def diagnosed(chapter: Chapter, path: Path) -> tuple[Outcome, str]:
    """The first failure of a known mistake, and what it is said to mean."""
    (mistake,) = (each for each in mistakes(chapter) if each.path == path)
    engine = engine_for(chapter)
    exercise = made(chapter, mistake, engine)
    for name, test in checks(chapter).items():
        outcome = run(name, test, exercise)
        if outcome.state != "passed":
            return outcome, meaning(chapter, engine, outcome)
    return Outcome("", "passed"), ""


def readme_faults(chapter: Chapter) -> list[str]:
    """What a chapter's README lacks."""
    path = chapter.folder / "README.md"
    if not path.is_file():
        return ["there is none"]
    text = path.read_text("utf-8")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    faults = []
    if len(prose.split()) > WORDS:
        faults.append(f"it has {len(prose.split())} words, and may have {WORDS}")
    if not re.search(r"!\[[^\]]+\]\(picture\.svg\)", text):
        faults.append("it does not show picture.svg, with a text in place of it")
    faults += [
        f"hole {h.number}, `{h.name}`, is not listed" for h in chapter.holes if f"{h.number}. `{h.name}`" not in text
    ]
    for heading in ("## The holes", "## What you now know", "## A question without a test"):
        if heading not in text:
            faults.append(f"it has no {heading!r}")
    if not (chapter.folder / "picture.svg").is_file():
        faults.append("there is no picture.svg")
    return faults


def hint_faults(chapter: Chapter) -> list[str]:
    """What a chapter's hints lack: three for each hole."""
    path = chapter.folder / "hints.md"
    if not path.is_file():
        return ["there is none"]
    parts = re.split(r"^## Hole ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    titles = [part.splitlines()[0] for part in parts]
    faults = []
    wanted = [f"{hole.number}: `{hole.name}`" for hole in chapter.holes]
    if titles != wanted:
        faults.append(f"its titles are {titles}, and should be {wanted}")
    for part in parts:
        numbers = re.findall(r"^(\d)\. ", part, flags=re.MULTILINE)
        if numbers != ["1", "2", "3"]:
            faults.append(f"hole {part.splitlines()[0]} has hints {numbers}, and should have 1, 2 and 3")
    return faults


def main() -> int:
    """Print the proof of some chapters; the exit status is 1 if something is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chapters", type=int, nargs="+")
    failed = False
    for number in parser.parse_args().chapters:
        chapter = read_course().chapter(number)
        print(f"{chapter.name}:")
        faults = [f"README.md: {each}" for each in readme_faults(chapter)]
        faults += [f"hints.md: {each}" for each in hint_faults(chapter)]
        for seed in SEEDS:
            started = time.perf_counter()
            faults += [
                f"the solution, seed {seed}: {each.test} is {each.state}\n{each}\n{each.trace}"
                for each in outcomes(chapter, chapter.solution, seed)
                if each.state != "passed"
            ]
            print(f"  all checks in {time.perf_counter() - started:.2f} s")
        for hole in chapter.holes:
            found = outcomes(chapter, stub_from(chapter, hole.number))
            first = next((each for each in found if each.state != "passed"), None)
            if first is None:
                faults.append(f"stub {hole.name}: no check sees it")
            elif first.state != "open" or hole_of(chapter, first.test) != hole.number:
                faults.append(f"stub {hole.name}: the first failure is {first.test}, {first.state}: {first}")
        for mistake in mistakes(chapter):
            outcome, said = diagnosed(chapter, mistake.path)
            ok = outcome.state == "wrong" and hole_of(chapter, outcome.test) == chapter.hole(mistake.hole).number
            if not ok or said != mistake.means:
                faults.append(f"wrong/{mistake.path.name}: {outcome.test} is {outcome.state}: {outcome}; said {said!r}")
            print(f"  wrong/{mistake.path.name}:\n    " + str(outcome).replace("\n", "\n    ") + f"\n    means  {said}")
        alive, count = survivors(chapter)
        print(f"  {count - len(alive)} of {count} mutants are caught; these are not:", *alive, sep="\n    ")
        print("\n".join(faults) or "  all is well")
        failed |= bool(faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
