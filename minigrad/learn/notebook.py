"""The checks of the course in a notebook: the same four lines, and the picture below the cell.

    from minigrad.learn.notebook import begin
    check = begin(4)
    ...
    check("backward")

The functions are those that the cells of the notebook define.
"""

from __future__ import annotations

import sys
from typing import Any

from ..tutorials.assembly import solved_engine
from ..tutorials.checking import checks_of, install_engine, meaning, run
from ..tutorials.course import Chapter, read_course
from ..tutorials.pictures import picture_of
from .show import PASSED


def begin(number: int, namespace: dict[str, Any] | None = None, seed: int = 0) -> Checker:
    """The checks of a chapter; what it builds on is in ``mine.engine`` from now on, of the solution.

    Args:
        number: of the chapter.
        namespace: where its functions are defined; by default that of the caller, which in a notebook are its cells.
        seed: of the numbers in the checks.

    Raises:
        ValueError: there is no such chapter.
    """
    course = read_course()
    chapter, engine = course.chapter(number), solved_engine(course, number)
    install_engine(engine)
    names = sys._getframe(1).f_globals if namespace is None else namespace
    names.setdefault("__file__", str(chapter.folder / "notebook.py"))  # beside the data that a chapter reads
    return Checker(chapter, engine, names, seed)


class Checker:
    """The checks of a chapter, on functions in a namespace.

    Args:
        chapter: of the checks.
        engine: the text of what it builds on.
        namespace: where the functions are.
        seed: of the numbers.
    """

    def __init__(self, chapter: Chapter, engine: str, namespace: dict[str, Any], seed: int) -> None:
        self.chapter = chapter
        self.engine = engine
        self.namespace = namespace
        self.seed = seed

    def __call__(self, name: str, *, strict: bool = False) -> None:
        """Check a hole, and print what the checks say.

        Args:
            name: of the hole.
            strict: whether a failure is an error and a pass says nothing, for a grader, which compares what is said.

        Raises:
            AssertionError: a check failed, and ``strict`` was wanted.
            ValueError: there is no such hole.
        """
        hole = self.chapter.hole(name)
        exercise = Cells(self.namespace)
        for test, check in checks_of(self.chapter, hole).items():
            outcome = run(test, check, exercise, self.seed)
            if outcome.state == "wrong":
                outcome.means = meaning(self.chapter, self.engine, outcome, self.seed)
            if outcome.state != "passed":
                if strict:
                    raise AssertionError(str(outcome))
                print(outcome)
                return
        if not strict:
            print(f"{PASSED} {name}")

    def picture(self) -> Any:
        """The chapter's picture of the functions in the namespace, for the notebook to show.

        Raises:
            Todo: it needs a hole that is still open.
        """
        return _Svg(picture_of(self.chapter, Cells(self.namespace)).decode())


class Cells:
    """What the cells of a notebook have defined, as attributes, which may be changed as those of a module.

    Args:
        namespace: of the cells.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        vars(self)["_namespace"] = namespace

    def __getattr__(self, name: str) -> Any:
        try:
            return self._namespace[name]
        except KeyError:
            raise AttributeError(f"no cell has defined {name} yet") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._namespace[name] = value

    def __delattr__(self, name: str) -> None:
        del self._namespace[name]


class _Svg:
    """A picture that a notebook shows."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_svg_(self) -> str:
        return self.text
