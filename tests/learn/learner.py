"""A learner of the course in a folder, who solves holes, makes mistakes and runs the command."""

from __future__ import annotations

from pathlib import Path

from minigrad.command.cli import main
from minigrad.learn.folder import Folder, init
from minigrad.learn.sandbox import Sandbox
from minigrad.learn.session import Session
from minigrad.tutorials.sources import body_of, grafted, rewritten


class Learner:
    """A folder of the course, and what is done in it.

    Args:
        path: of the folder, made anew.
        only: the chapters in it.
    """

    def __init__(self, path: Path, only: list[int] | None = None, **options: object) -> None:
        self.path = path
        self.folder = init(path, only=only, **options)
        self.course = self.folder.course

    def exercise(self, number: int) -> Path:
        return self.folder.exercise(self.course.chapter(number))

    def solve(self, number: int, *names: str) -> None:
        """Fill holes with their solutions; all of the chapter without names."""
        chapter = self.course.chapter(number)
        path = self.exercise(number)
        wanted = names or [hole.name for hole in chapter.holes]
        path.write_text(grafted(path.read_text("utf-8"), chapter.solution, wanted), "utf-8")

    def fill(self, number: int, name: str, *body: str) -> None:
        """Fill a hole with other lines."""
        path = self.exercise(number)
        path.write_text(rewritten(path.read_text("utf-8"), {name: body}), "utf-8")

    def solution_of(self, number: int, name: str) -> list[str]:
        return body_of(self.course.chapter(number).solution, name)

    def run(self, *arguments: str) -> int:
        """The exit code of ``minigrad learn`` in the folder."""
        return main(["learn", arguments[0], *arguments[1:], "--dir", str(self.path)])

    def session(self, sandbox: Sandbox) -> Session:
        return Session(Folder(self.path), sandbox)
