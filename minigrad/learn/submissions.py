"""What was handed in: the texts of exercises in folders and zips, with whatever else may lie there.

Nothing is unpacked and no link is followed, so that a submission reaches no file but its own.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePath, PurePosixPath
from typing import IO

from ..tutorials.course import Course
from ..words import printable
from .folder import EXERCISE
from .state import LearnError

_LARGEST = 1 << 20  # bytes of an exercise
_LARGEST_ZIP = 64 << 20  # bytes of a zip inside a folder
_NO_STUDENTS = ("__MACOSX", "__pycache__")
_UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError, OSError)


@dataclass
class Submission:
    """The work of one student.

    Attributes:
        texts: of the exercises, by the folder of their chapter.
        problems: what could not be read, in words.
    """

    texts: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def submissions(path: Path, course: Course) -> dict[str, Submission]:
    """The exercises that were handed in, by student.

    Args:
        path: one submission, a folder or a zip, or a folder of those.
        course: that they are of.

    Raises:
        LearnError: there is nothing of the course in it, or two submissions have one name.
    """
    names = {chapter.name for chapter in course.chapters}
    path = path.resolve()
    if not path.exists():
        raise LearnError(f"{path} is not there")
    if path.is_dir() and not any(_is_exercise(each.relative_to(path), names) for each in path.glob(f"*/{EXERCISE}")):
        found: dict[str, Submission] = {}
        for each in sorted(path.iterdir()):
            if each.name.startswith(".") or each.name in _NO_STUDENTS or not (each.is_dir() or _is_zip(each)):
                continue
            if (student := _student(each)) in found:
                raise LearnError(f"two submissions are of {student!r}: rename one of them in {path}")
            found[student] = _read(each, names)
    else:
        found = {_student(path): _read(path, names)}
    if not any(each.texts for each in found.values()):
        problems = "; ".join(words for each in found.values() for words in each.problems)
        raise LearnError(
            f"{path} has no submissions: folders or zips with files such as 04_backward/{EXERCISE}"
            + (f" ({problems})" if problems else "")
        )
    return found


def _student(path: Path) -> str:
    """The name of a submission, as it can be written everywhere."""
    return printable(path.name if path.is_dir() else path.stem).replace("\n", " ").replace("\t", " ")


def _is_zip(path: PurePath) -> bool:
    return path.suffix.lower() == ".zip"


def _is_exercise(place: PurePath, names: Collection[str]) -> bool:
    hidden = any(part.startswith(".") or part in _NO_STUDENTS for part in place.parts)
    return place.name == EXERCISE and place.parent.name in names and not hidden


def _read(path: Path, names: Collection[str]) -> Submission:
    """What is in a folder or a zip; of several exercises of one chapter, the one that lies least deep."""
    made = Submission()
    found = _zipped(path, path.name, names, made) if path.is_file() else _lying(path, names, made)
    for place, content in sorted(found, key=lambda each: (len(each[0].parts), each[0])):
        made.texts.setdefault(place.parent.name, content.decode("utf-8-sig", "replace").replace("\r\n", "\n"))
    return made


def _lying(path: Path, names: Collection[str], made: Submission) -> Iterator[tuple[PurePath, bytes]]:
    """The exercises in a folder, and in the zips that lie in it."""
    for each in path.rglob("*"):
        place = each.relative_to(path)
        exercise = _is_exercise(place, names)
        if not exercise and not _is_zip(each):
            continue
        inside = each.resolve() == path.resolve() / place
        if not inside or not each.is_file():
            made.problems.append(f"{printable(place)} is no file: links are not followed")
        elif exercise:
            with each.open("rb") as file:
                yield from _limited(place, file, made)
        elif each.stat().st_size > _LARGEST_ZIP:
            made.problems.append(f"{printable(place)} is larger than {_LARGEST_ZIP >> 20} MiB")
        else:
            yield from _zipped(each, str(place), names, made)


def _zipped(path: Path, shown: str, names: Collection[str], made: Submission) -> Iterator[tuple[PurePath, bytes]]:
    """The exercises in a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                place = PurePosixPath(entry.filename.replace("\\", "/"))
                if _is_exercise(place, names):
                    with archive.open(entry) as file:
                        yield from _limited(place, BytesIO(file.read(_LARGEST + 1)), made)
    except _UNREADABLE as wrong:
        made.problems.append(f"{printable(shown)} cannot be read: {wrong}")


def _limited(place: PurePath, file: IO[bytes], made: Submission) -> Iterator[tuple[PurePath, bytes]]:
    content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        made.problems.append(f"{printable(place)} is larger than {_LARGEST >> 20} MiB")
    else:
        yield place, content
