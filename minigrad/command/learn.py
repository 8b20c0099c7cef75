"""``minigrad learn``: its subcommands and their arguments. What they do is imported when one is run."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..learn.state import LearnError

DESCRIPTION = (
    "Work through the course: `minigrad learn init my-course` makes a folder with the exercises, and in it "
    "`minigrad learn watch` checks them whenever you save. The other subcommands need no terminal."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give the parser of the command its subcommands."""
    parser.set_defaults(learn=None)
    commands = parser.add_subparsers(dest="learn", metavar="subcommand", parser_class=type(parser))
    for name, what in (
        ("init", "make a folder with the exercises"),
        ("watch", "check the exercise that is open whenever it is saved"),
        ("check", "check an exercise once; the exit code is 1 if a hole is open or wrong"),
        ("list", "all chapters, and what has passed"),
        ("hint", "the next hint for the hole that is open"),
        ("solution", "the solution of a hole that passed"),
        ("diff", "what you changed in an exercise"),
        ("reset", "put an exercise back to its beginning; yours is kept beside it"),
        ("picture", "draw the chapter's picture from your own exercise"),
        ("open", "open an exercise in your editor"),
        ("prove", "prove your engine, and write mine/report.html"),
        ("update", "bring the folder up to date; what you changed stays"),
        ("doctor", "say what is installed, and what is missing"),
        ("grade", "for lecturers: the points of submissions"),
        ("export", "for lecturers: a chapter as a notebook, plain or for a grader"),
    ):
        sub = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        _ARGUMENTS[name](sub.add_argument)


def run(options: dict[str, Any]) -> int:
    """Do what the command line says, and return the exit code.

    Raises:
        LearnError: something that the learner can put right.
        ExtraError: a package that is needed is not installed.
    """
    name = options.pop("learn")
    if name is None:
        print(DESCRIPTION.replace("`", ""), "\n\nSee minigrad learn --help.", sep="")
        return 0
    from . import learning, teach

    try:
        return teach.COMMANDS[name](**options) if name in teach.COMMANDS else learning.run(name, options)
    except ArgumentError as wrong:
        raise LearnError(wrong.args[0]) from None  # the line that made the call is ours


Add = Callable[..., Any]
_MOST_CHAPTERS = 1000  # in a range, so that a slip of the finger takes no memory


def numbers(text: str) -> list[int]:
    """The numbers of chapters in ``1,3,4`` or ``1-4,7``.

    Raises:
        ArgumentTypeError: it is nothing like that.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if not first.isdecimal() or not (last if dash else first).isdecimal():
            raise argparse.ArgumentTypeError(f"{text!r} is no list of chapters such as 1,3,4 or 1-4,7")
        chapters = range(int(first), int(last or first) + 1)
        if not 0 < len(chapters) <= _MOST_CHAPTERS:
            raise argparse.ArgumentTypeError(f"{part!r} is no range of chapters, the lower number first, such as 1-4")
        found += chapters
    return found


def seed(text: str) -> int:
    """The seed of random numbers in a text.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: a whole number, 0 or more")
    return int(text)


def _inside(add: Add, chapter: bool = True) -> None:
    if chapter:
        add("chapter", nargs="?", type=int, metavar="CHAPTER", help="its number (default: the one that is open)")
    add("--dir", type=Path, default=Path(), metavar="DIR", help="the learner's folder (default: this one)")


def _of_init(add: Add) -> None:
    add("path", type=Path, metavar="DIR", help="the folder to make")
    add("--seed", type=seed, default=0, metavar="N", help="of the numbers in the checks (default: %(default)s)")
    add("--only", type=numbers, metavar="CHAPTERS", help="the chapters that are wanted, such as 1,3,4 or 1-4")
    add("--no-solutions", dest="solutions", action="store_false", help="the runner shows no solutions in this folder")


def _of_check(add: Add) -> None:
    _inside(add)
    add("--json", dest="as_json", action="store_true", help="print one line of JSON")
    add("--full", action="store_true", help="print whole tracebacks")


def _of_hint(add: Add) -> None:
    _inside(add)
    add("--hole", metavar="NAME", help="the hole (default: the one that is open)")
    add("--yes", action="store_true", help="show the last hint too")


def _of_solution(add: Add) -> None:
    _inside(add)
    add("--hole", metavar="NAME", help="the hole (default: all)")
    add("--spoil", action="store_true", help="show what has not passed yet")


def _of_open(add: Add) -> None:
    _inside(add)
    add("--page", action="store_true", help="open the page to read instead")


def _of_grade(add: Add) -> None:
    add("submissions", type=Path, metavar="SUBMISSIONS", help="a folder of folders or zips, or one submission")
    add("--out", type=Path, metavar="FILE.csv", help="write a line of points for each student")
    add("--junit", type=Path, metavar="FILE.xml", help="write what JUnit writes")
    add("--gradescope", type=Path, metavar="results.json", help="write Gradescope's results of one submission")
    add("--pages", type=Path, metavar="DIR", help="write a page for each student")
    add("--chapters", type=numbers, metavar="CHAPTERS", help="those that count, such as 1,3,4 or 1-4 (default: all)")
    add(
        "--points", type=Path, metavar="FILE.toml", help="points of holes: [04_backward] backward = 3 (default: 1 each)"
    )
    add("--seed", type=seed, default=2027, metavar="N", help="of the numbers in the checks (default: %(default)s)")
    add("--strict", action="store_true", help="the exit code is 1 if any point is missing")


def _of_export(add: Add) -> None:
    add("chapter", type=int, metavar="CHAPTER", help="its number")
    add("--out", type=Path, metavar="FILE.ipynb", help="where to write (default: the chapter's name)")
    add("--otter", action="store_true", help="the master for otter assign")
    add("--nbgrader", action="store_true", help="the source for nbgrader")


_ARGUMENTS: dict[str, Callable[[Add], None]] = {
    "init": _of_init,
    "watch": _inside,
    "check": _of_check,
    "list": lambda add: _inside(add, chapter=False),
    "hint": _of_hint,
    "solution": _of_solution,
    "diff": _inside,
    "reset": _inside,
    "picture": _inside,
    "open": _of_open,
    "update": lambda add: _inside(add, chapter=False),
    "doctor": lambda add: None,
    "prove": lambda add: _inside(add, chapter=False),
    "grade": _of_grade,
    "export": _of_export,
}
