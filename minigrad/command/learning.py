"""What the subcommands of ``minigrad learn`` do, for learners."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..learn.folder import Folder, init
from ..learn.report import write_report
from ..learn.sandbox import Sandbox
from ..learn.session import HINTS, Session
from ..learn.show import OPEN, PASSED, WRONG, after, table, then, told, wrapped
from ..learn.state import LearnError
from ..tutorials.course import COURSE, Hole, read_course


def run(name: str, options: dict[str, Any]) -> int:
    """Do what a subcommand does, and return the exit code.

    Args:
        name: of the subcommand.
        options: its arguments.

    Raises:
        LearnError: something that the learner can put right.
        ExtraError: a package that is needed is not installed.
    """
    return _ALONE[name](**options) if name in _ALONE else _run_inside(name, options)


def _run_inside(name: str, options: dict[str, Any]) -> int:
    """Run a subcommand that needs a learner's folder."""
    folder = Folder(options.pop("dir").resolve())
    with Sandbox(folder.course) as sandbox:
        session = Session(folder, sandbox, warm=name == "watch")
        if (number := options.pop("chapter", None)) is not None:
            session.go_to(number)
        return _INSIDE[name](session, **options)


def _init(path: Path, seed: int, only: list[int] | None, solutions: bool) -> int:
    folder = init(path, seed=seed, only=only, solutions=solutions)
    print(f"{path}: {len(folder.chapters())} chapters\n\n    cd {shlex.quote(str(path))}\n    minigrad learn watch")
    return 0


def _doctor() -> int:
    print(f"minigrad {__version__}, Python {platform.python_version()}, NumPy {np.__version__}")
    print(f"the course is in {COURSE}: {len(read_course().chapters)} chapters")
    missing = [name for name in ("textual", "rich", "watchfiles") if find_spec(name) is None]
    print(
        f"missing for `watch`: {', '.join(missing)}: pip install 'minigrad[learn]'"
        if missing
        else "`watch` can run here"
    )
    print("plots can be drawn" if find_spec("matplotlib") else "missing for plots: pip install 'minigrad[plot]'")
    print("plain pytest can run here" if find_spec("pytest") else "plain pytest is not installed; nothing needs it")
    shape = "is a terminal" if sys.stdout.isatty() else "is no terminal: `watch` prints"
    print(f"standard output {shape}, {shutil.get_terminal_size().columns} columns, {sys.stdout.encoding}")
    return int(bool(missing))


def _check(session: Session, as_json: bool, full: bool) -> int:
    if session.question and not as_json:
        _ask_before(session)
    report = session.check()
    chapter = report.chapter
    if as_json:
        outcome = report.outcome
        said = {name: getattr(outcome, name) for name in ("state", "asked", "yours", "right", "means", "words")}
        hole = report.hole.name if report.hole else None
        print(
            json.dumps({"chapter": chapter.number, "passed": report.passed, "hole": hole, **said}, ensure_ascii=False)
        )
    else:
        print(f"{chapter.number}. {chapter.title}\n\n{told(report, full)}")
        if report.finished:
            print(f"\n{wrapped(after(session))}")
        if report.done:
            print(f"\n{wrapped(then(session))}")
    return int(not report.done)


def _ask_before(session: Session) -> None:
    """Ask the question of the chapter; where nothing can be typed, it is only printed."""
    words = wrapped(f"Before you begin: {session.question}")
    if sys.stdin.isatty() and sys.stdout.isatty():
        session.predict(_typed(f"{words}\n> "))
        print()
    else:
        print(f"{words}\n")


def _typed(question: str) -> str:
    """What is typed as an answer; nothing where the input ends."""
    try:
        return input(question)
    except EOFError:
        print()
        return ""


def _watch(session: Session) -> int:
    if sys.stdin.isatty() and sys.stdout.isatty():
        from ..learn.app import run as on_screen

        return on_screen(session)
    from ..learn.printing import run as in_lines

    return in_lines(session)


def _list(session: Session) -> int:
    print(table(session.folder))
    return 0


def _hole(session: Session, name: str | None) -> Hole:
    """The hole of that name, or the one that is open.

    Raises:
        LearnError: none is open.
    """
    if name is not None:
        return session.chapter.hole(name)
    hole = session.open_hole()
    if hole is None:
        raise LearnError(f"all holes of chapter {session.chapter.number} have passed: name one")
    return hole


def _hint(session: Session, hole: str | None, yes: bool) -> int:
    wanted = _hole(session, hole)
    found = session.hint(wanted, yes)
    if found is None and sys.stdin.isatty():
        yes = _typed("The last hint is nearly the code. Show it? [y/N] ").strip().lower().startswith("y")
        found = session.hint(wanted, yes)
    if found is None:
        print(f"The last hint is nearly the code: `minigrad learn hint {session.chapter.number} --yes` shows it.")
        return 0
    print(f"{wanted.name}, hint {found[0]} of {HINTS}\n{wrapped(found[1])}")
    return 0


def _solution(session: Session, hole: str | None, spoil: bool) -> int:
    chapter = session.chapter
    wanted = [chapter.hole(hole)] if hole else list(chapter.holes)
    print("\n\n".join(session.solution(each, spoil).rstrip() for each in wanted))
    return 0


def _diff(session: Session) -> int:
    print(session.folder.diff(session.chapter), end="")
    return 0


def _reset(session: Session) -> int:
    kept = session.folder.reset(session.chapter)
    print(
        f"{session.folder.exercise(session.chapter)} is as it was given" + (f"; yours is {kept.name}" if kept else "")
    )
    return 0


def _picture(session: Session) -> int:
    print(session.picture())
    return 0


def _open(session: Session, page: bool) -> int:
    path = session.folder.exercise(session.chapter)
    path = path.with_name("README.md") if page else path
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        print(f"{path}\n(no editor is named in EDITOR)")
        return 0
    try:
        return subprocess.run([*shlex.split(editor), str(path)], check=False).returncode
    except (ValueError, OSError) as wrong:
        raise LearnError(f"the editor {editor!r} of VISUAL or EDITOR cannot be run: {wrong}") from None


def _prove(session: Session) -> int:
    path, engine, claims = write_report(session.folder, session.sandbox)
    print(f"{engine}\n")
    marks = {True: PASSED, False: WRONG, None: OPEN}
    for claim in claims:
        print(f"{marks[claim.holds]} {claim.words}\n  {claim.found}")
    print(f"\n{path}")
    return int(not all(claim.holds for claim in claims))


def _update(session: Session) -> int:
    done = session.folder.update()
    for what, names in done.items():
        print("\n".join(f"{what:8} {name}" for name in names), end="\n" if names else "")
    if not any(done.values()):
        print("all is up to date")
    return 0


_ALONE: dict[str, Callable[..., int]] = {
    "init": _init,
    "doctor": _doctor,
}
_INSIDE: dict[str, Callable[..., int]] = {
    "watch": _watch,
    "check": _check,
    "list": _list,
    "hint": _hint,
    "solution": _solution,
    "diff": _diff,
    "reset": _reset,
    "picture": _picture,
    "open": _open,
    "prove": _prove,
    "update": _update,
}
