"""What is answered about an exercise, in the process that runs it: its checks, its grades, its picture, its proof."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from ..tutorials.asking import Todo, last_line
from ..tutorials.assembly import solved_engine
from ..tutorials.checking import Outcome, beside, checks_of, meaning, module, run
from ..tutorials.course import Chapter, Course, Hole, read_course
from ..tutorials.pictures import picture_of
from ..tutorials.sources import functions, grafted
from .limits import AbortedError, LateError, limited
from .proving import prove

Request = dict[str, Any]


def answer(request: Request) -> dict[str, Any]:
    """The answer to a request.

    Args:
        request: "kind", one of "check", "grade", "picture" and "prove"; "course", a path; "engine" and "engine_path"
            of what is built on; for all but the last "chapter", a number, "text" and "path" of the exercise, and
            "seconds" that a hole may take, and "last_words" (see ``limited``); for the first two "holes", by name, and
            "seed".
    """
    course = read_course(Path(request["course"]))
    with beside(request["engine"], Path(request["engine_path"])) as engine:
        if request["kind"] == "prove":
            return {"claims": [asdict(claim) for claim in prove(engine)]}
        return _ANSWERS[request["kind"]](course, course.chapter(request["chapter"]), request)


def _check(course: Course, chapter: Chapter, request: Request) -> dict[str, Any]:
    """The holes in order, up to the first that does not pass."""
    exercise = _loaded(chapter, request["text"], request)
    found: list[dict[str, Any]] = []
    for name in request["holes"]:
        outcome = _checked(course, chapter, chapter.hole(name), exercise, request)
        found.append({"hole": name, **asdict(outcome)})
        if outcome.state != "passed":
            break
    return {"holes": found}


def _grade(course: Course, chapter: Chapter, request: Request) -> dict[str, Any]:
    """Each hole for itself: only it is the student's, all else is the solution's."""
    path = Path(request["path"])
    found: list[dict[str, Any]] = []
    for name in request["holes"]:
        try:
            there = functions(request["text"])
            text = grafted(chapter.solution, request["text"], [name])
        except SyntaxError as wrong:
            outcome = _unreadable(wrong, path)
        else:
            exercise = _loaded(chapter, text, request) if name in there else _missing(chapter, name, path)
            outcome = _checked(course, chapter, chapter.hole(name), exercise, request)
        found.append({"hole": name, **asdict(outcome)})
    return {"holes": found}


def _picture(course: Course, chapter: Chapter, request: Request) -> dict[str, Any]:
    """The chapter's picture of the exercise, or why there is none."""
    exercise = _loaded(chapter, request["text"], request)
    if isinstance(exercise, Outcome):
        return {"picture": None, "why": exercise.words}
    try:
        with limited(request["seconds"], request["last_words"]):
            return {"picture": picture_of(chapter, exercise).decode(), "why": ""}
    except Todo as todo:
        return {"picture": None, "why": f"the picture needs what is still open: {todo}"}
    except (Exception, SystemExit) as error:
        return {"picture": None, "why": f"the picture cannot be drawn: {_said(error)}"}


_ANSWERS: dict[str, Callable[[Course, Chapter, Request], dict[str, Any]]] = {
    "check": _check,
    "grade": _grade,
    "picture": _picture,
}


def _loaded(chapter: Chapter, text: str, request: Request) -> ModuleType | Outcome:
    """The exercise, or why it cannot be loaded."""
    path = Path(request["path"])
    try:
        with limited(request["seconds"], request["last_words"]):
            return module(f"exercise_{chapter.name}", text, path)
    except SyntaxError as wrong:
        return _unreadable(wrong, path)
    except (Exception, SystemExit) as error:
        words = (
            str(error)
            if isinstance(error, (LateError, AbortedError))
            else f"{path.name} cannot be loaded: {_said(error)}"
        )
        return Outcome("", "broken", words=words, trace=traceback.format_exc())


def _unreadable(wrong: SyntaxError, path: Path) -> Outcome:
    """A file that is no Python, with the place."""
    line = (wrong.text or "").rstrip()
    if wrong.lineno is None:
        return Outcome("", "broken", words=f"{path.name}: {wrong.msg}")
    caret = f"\n    {line}\n    {' ' * ((wrong.offset or 1) - 1)}^" if line else ""
    return Outcome("", "broken", words=f"{path.name}, line {wrong.lineno}: {wrong.msg}{caret}")


def _missing(chapter: Chapter, name: str, path: Path) -> Outcome:
    """A file without the function."""
    return Outcome(
        "",
        "broken",
        words=f"{path.name} has no `{name}`: it must keep that name "
        f"(`minigrad learn reset {chapter.number}` restores the file, and keeps yours beside it)",
    )


def _checked(course: Course, chapter: Chapter, hole: Hole, exercise: ModuleType | Outcome, request: Request) -> Outcome:
    """The first failure of a hole's checks, or that all passed."""
    if isinstance(exercise, Outcome):
        return exercise
    if not _is_there(exercise, hole.name):
        return _missing(chapter, hole.name, Path(request["path"]))
    for name, test in checks_of(chapter, hole).items():
        try:
            with limited(request["seconds"], request["last_words"]):
                outcome = run(name, test, exercise, request["seed"])
        except (LateError, AbortedError) as late:
            return Outcome(name, "broken", words=str(late))
        except SystemExit:
            return Outcome(name, "broken", words="the exercise ends Python: it calls exit()")
        if outcome.state == "wrong":
            solved = solved_engine(course, chapter.number)
            outcome.means = meaning(chapter, solved, outcome, request["seed"])
        if outcome.state != "passed":
            return outcome
    return Outcome(hole.prefix, "passed")


def _is_there(exercise: ModuleType, name: str) -> bool:
    found: Any = exercise
    for part in name.split("."):
        found = getattr(found, part, None)
    return callable(found)


def _said(error: BaseException) -> str:
    """An error, with the last line of the exercise that it passed."""
    line = last_line(error, "exercise.py")
    where = f" (line {line.lineno}: {line.line})" if line else ""
    return f"{type(error).__name__}: {error}{where}"
