"""A learner's folder: made from the course, kept up to date, and never overwritten."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import __version__
from ..storage.atomic import write_whole
from ..tutorials.assembly import Engine, Work, assemble, chapters_before
from ..tutorials.course import Chapter, Course, read_course
from .state import NAME, LearnError, State, digest

EXERCISE = "exercise.py"
_COPIED = ("README.md", "picture.svg")
_ENCODING = "utf-8-sig"  # editors on Windows put a mark before the text
_DATA = (".csv", ".txt", ".npz")
_SETTINGS = "[pytest]\naddopts = -q -x --tb=short\npython_files = test_*.py\n"


class Folder:
    """The learner's exercises, and what is remembered of them.

    Args:
        path: of the folder; one above it may be the one that was made.
        course: that it was made from.

    Raises:
        LearnError: there is none.
    """

    def __init__(self, path: Path, course: Course | None = None) -> None:
        self.course = course or read_course()
        found = next((each for each in (path, *path.parents) if (each / NAME).is_file()), None)
        if found is None:
            raise LearnError(f"{path} is no folder of the course: make one with `minigrad learn init my-course`")
        self.path = found
        self.state = State.read(found / NAME)

    def save(self) -> None:
        """Write what is remembered."""
        self.state.write(self.path / NAME)

    def chapters(self) -> list[Chapter]:
        """The chapters that are to be worked through."""
        only = self.state.only
        return [each for each in self.course.chapters if not only or each.number in only]

    def exercise(self, chapter: Chapter) -> Path:
        """The file with the holes of a chapter."""
        return self.path / chapter.name / EXERCISE

    def text(self, chapter: Chapter) -> str:
        """The text of the exercise.

        Raises:
            LearnError: the file is missing, or is no text.
        """
        path = self.exercise(chapter)
        if path.is_dir():
            raise LearnError(f"{path} is a folder: take it away, and `minigrad learn reset {chapter.number}`")
        if not path.is_file():
            raise LearnError(f"{path} is missing: `minigrad learn reset {chapter.number}` restores it")
        try:
            return path.read_text(_ENCODING)
        except UnicodeDecodeError as wrong:
            raise LearnError(
                f"{path} is no UTF-8 text (byte {wrong.start} is {wrong.object[wrong.start]:#04x}): "
                "save it as UTF-8 in your editor"
            ) from None

    def work(self, chapter: Chapter) -> Work:
        """The learner's text of a chapter, and the holes in it that passed."""
        path = self.exercise(chapter)
        text = path.read_text(_ENCODING, "replace") if path.is_file() else chapter.stub
        return Work(text, self.state.holes_passed(chapter.number, text))

    def finished(self) -> set[int]:
        """The numbers of the chapters whose holes have all passed."""
        return {
            each.number
            for each in self.course.chapters
            if {hole.name for hole in each.holes} <= set(self.work(each).passed)
        }

    def engine(self, before: int) -> Engine:
        """The engine that the exercise of chapter ``before`` builds on."""
        return assemble(chapters_before(self.course, before, self.finished()), self.work)

    def write_engine(self) -> Engine:
        """Write ``mine/engine.py``, with all chapters up to the last that was begun; a file changed by hand is kept."""
        begun = [int(number) for number, holes in self.state.passed.items() if holes]
        engine = self.engine(max([self.state.current, *(number + 1 for number in begun)]))
        path = self.path / "mine" / "engine.py"
        path.parent.mkdir(exist_ok=True)
        if path.is_file():
            there = path.read_bytes()
            if there == engine.text.encode():
                return engine
            if digest(there) != self.state.engine:
                _backup(path)
        write_whole(path, engine.text.encode())
        self.state.engine = digest(engine.text)
        return engine

    def diff(self, chapter: Chapter) -> str:
        """What the learner changed in the exercise."""
        return "".join(
            difflib.unified_diff(
                chapter.stub.splitlines(keepends=True),
                self.text(chapter).splitlines(keepends=True),
                f"{chapter.name}/{EXERCISE} (as given)",
                f"{chapter.name}/{EXERCISE}",
            )
        )

    def reset(self, chapter: Chapter) -> Path | None:
        """Put the exercise back to its beginning, and return where the learner's text is kept, if there was one.

        Raises:
            LearnError: there is a folder in its place.
        """
        path = self.exercise(chapter)
        if path.is_dir():
            raise LearnError(f"{path} is a folder: take it away first")
        kept = _backup(path) if path.is_file() and path.read_bytes() != chapter.stub.encode() else None
        path.parent.mkdir(exist_ok=True)
        write_whole(path, chapter.stub.encode())
        self.state.passed.pop(str(chapter.number), None)
        self.save()
        return kept

    def update(self) -> dict[str, list[str]]:
        """Bring the files of the course up to date; those that the learner changed stay as they are.

        Returns:
            the names of files "new", "updated" and "kept" though the course has another text now.
        """
        done: dict[str, list[str]] = {"new": [], "updated": [], "kept": []}
        for name, text in shipped(self.course, self.chapters()):
            path = self.path / name
            there = path.read_bytes() if path.is_file() else None
            mark = digest(text)
            if there == text:
                self.state.shipped[name] = mark
                continue
            if there is not None and digest(there) != self.state.shipped.get(name):
                done["kept"].append(name)
                continue
            done["new" if there is None else "updated"].append(name)
            self._copy(name, text)
        self.state.version = __version__
        self.write_engine()
        self.save()
        return done

    def _copy(self, name: str, text: bytes) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
        self.state.shipped[name] = digest(text)


def init(path: Path, *, seed: int = 0, only: list[int] | None = None, solutions: bool = True) -> Folder:
    """Make a learner's folder: whole, or not at all.

    Args:
        path: of the folder, which must be empty or not be there; or one with exercises in which the file with what is
            remembered is gone: it is made anew, and what the learner changed stays.
        seed: of the numbers in the checks.
        only: the numbers of the chapters that are wanted; all, if there are none.
        solutions: whether the runner may show them.

    Raises:
        LearnError: the folder is not empty, or no folder.
        ValueError: there is no chapter of that number.
    """
    course = read_course()
    for number in only or []:
        course.chapter(number)
    if any(each.is_file() for each in (path, *path.parents)):
        raise LearnError(f"{path} is a file, or lies in one: give the name of a new folder, such as my-course")
    path = path.resolve()
    state = State(seed=seed, only=sorted(set(only or [])), solutions=solutions, current=min(only) if only else 1)
    if not (path / NAME).exists() and any((path / each.name / EXERCISE).is_file() for each in course.chapters):
        state.write(path / NAME)
        folder = Folder(path, course)
        folder.update()
        return folder
    if path.exists() and any(path.iterdir()):
        raise LearnError(f"{path} is not empty: give the name of a new folder, such as my-course")
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as beside:
        made = Path(beside) / path.name
        made.mkdir()
        state.write(made / NAME)
        Folder(made, course).update()
        if path.is_dir():  # it may be the one in which a shell is, so it stays
            for each in sorted(made.iterdir(), key=lambda each: each.name == NAME):
                each.rename(path / each.name)
        else:
            made.rename(path)
    return Folder(path, course)


def shipped(course: Course, chapters: list[Chapter]) -> Iterator[tuple[str, bytes]]:
    """The files of a learner's folder, by name, with what is in them at the beginning."""
    yield "README.md", (course.path / "README.md").read_bytes()
    yield "conftest.py", (course.path / "conftest.py").read_bytes()
    yield "pytest.ini", _SETTINGS.encode()
    for chapter in chapters:
        yield f"{chapter.name}/{EXERCISE}", chapter.stub.encode()
        for path in sorted(chapter.folder.iterdir()):
            if path.name in _COPIED or path.suffix in _DATA or path == chapter.tests:
                yield f"{chapter.name}/{path.name}", path.read_bytes()


def _backup(path: Path) -> Path:
    """Keep a copy of a file beside it, under a name that is free."""
    n = 1
    while (copy := path.with_name(f"{path.stem}.{n}.bak")).exists():
        n += 1
    copy.write_bytes(path.read_bytes())
    return copy
