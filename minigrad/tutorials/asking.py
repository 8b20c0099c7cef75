"""What the tests of the course ask: a call, what it should give, and the failure that says both in words."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from importlib.abc import InspectLoader
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from ..errors import MinigradError

_MOST = 400  # characters of a value in a failure
_DIGITS = 6
_LEARNERS = ("exercise.py", "engine.py")


class Todo(NotImplementedError):  # noqa: N818 (it is no error of the learner's)
    """Raised by a hole of an exercise that is not filled in yet."""


class Wrong(MinigradError, AssertionError):  # noqa: N818 (it is an answer)
    """An answer that is not right.

    Attributes:
        asked: the call, or what was looked at.
        yours: what the exercise gave, as text.
        right: what it should have given, as text.
        error: what the exercise raised, if it did.
    """

    def __init__(self, asked: str, yours: str, right: str, error: BaseException | None = None) -> None:
        super().__init__(f"asked  {asked}\nyours  {yours}\nright  {right}")
        self.asked, self.yours, self.right, self.error = asked, yours, right, error


class Answer(NamedTuple):
    """What a call gave.

    Attributes:
        asked: the call, as text.
        result: what it returned, ``None`` if it raised.
        error: what it raised.
    """

    asked: str
    result: Any
    error: Exception | None = None

    def gives(self, right: Any, within: float = 1e-6) -> Any:
        """The result, which is ``right`` up to ``within``, absolutely or relative to it.

        Raises:
            Wrong: it is not.
        """
        if self.error is not None:
            raise Wrong(self.asked, _raised(self.error), text(right), self.error) from self.error
        return equal(self.asked, self.result, right, within)

    def refuses(self, error: type[Exception]) -> None:
        """Check that the call raised such an error.

        Raises:
            Wrong: it returned, or raised another one.
        """
        if not isinstance(self.error, error):
            yours = text(self.result) if self.error is None else _raised(self.error)
            raise Wrong(self.asked, yours, f"a {error.__name__}", self.error)

    @property
    def value(self) -> Any:
        """The result, to look at further.

        Raises:
            Wrong: the call raised an error.
        """
        return self.does("no error")

    def does(self, right: str) -> Any:
        """The result, to look at further.

        Args:
            right: what the call should do, in words.

        Raises:
            Wrong: it raised an error.
        """
        if self.error is not None:
            raise Wrong(self.asked, _raised(self.error), right, self.error) from self.error
        return self.result


def ask(function: Callable[..., Any], *args: Any, asked: str | None = None, **kwargs: Any) -> Answer:
    """Call a function of the exercise.

    Args:
        function: of the exercise.
        args, kwargs: of the call.
        asked: the call as text, by default made from the arguments.

    Raises:
        Todo: of a hole that is still open.
    """
    if asked is None:
        given = [*(text(each) for each in args), *(f"{name}={text(each)}" for name, each in kwargs.items())]
        asked = f"{getattr(function, '__name__', text(function))}({', '.join(given)})"
    try:
        return Answer(asked, function(*args, **kwargs))
    except (Todo, Wrong):
        raise
    except Exception as error:
        return Answer(asked, None, error)


def equal(asked: str, yours: Any, right: Any, within: float = 1e-6) -> Any:
    """``yours``, which is ``right``: numbers and arrays up to ``within`` and of the same shape, in any nesting.

    Raises:
        Wrong: it is not.
    """
    if not _same(yours, right, within):
        raise Wrong(asked, _told(yours, right), text(right))
    return yours


def at_most(asked: str, yours: float, most: float) -> None:
    """Check that a number is not larger than ``most``.

    Raises:
        Wrong: it is.
    """
    if not _numbers(yours) or not yours <= most:
        raise Wrong(asked, text(yours), f"at most {text(most)}")


def at_least(asked: str, yours: float, least: float) -> None:
    """Check that a number is not less than ``least``.

    Raises:
        Wrong: it is.
    """
    if not _numbers(yours) or not yours >= least:
        raise Wrong(asked, text(yours), f"at least {text(least)}")


def text(value: Any) -> str:
    """A value in a failure: numbers to six digits, arrays by their entries or, where they are long, their shape."""
    told = _text(value)
    return told if len(told) <= _MOST else f"{told[:_MOST]} …"


def _told(yours: Any, right: Any) -> str:
    """What is wrong, as text; where that reads like what is right, the difference is said."""
    told = text(yours)
    if told != text(right):
        return told
    if type(yours) is not type(right) and not (_numbers(yours) and _numbers(right)):
        return f"{told} ({type(yours).__name__}, not {type(right).__name__})"
    return f"{told} (off by {_apart(yours, right):.1e})"


def _text(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, (bool, np.bool_, str)):
        return repr(value if isinstance(value, str) else bool(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.{_DIGITS}g}"
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return f"{type(value).__name__}({', '.join(_text(each) for each in value)})"
    if isinstance(value, tuple):
        return f"({', '.join(_text(each) for each in value)}{',' if len(value) == 1 else ''})"
    if isinstance(value, (list, set, frozenset)):
        inner = ", ".join(_text(each) for each in value)
        return f"[{inner}]" if isinstance(value, list) else f"{{{inner}}}" if value else "set()"
    name = getattr(value, "__name__", None)
    if name:
        return str(name)
    own = any("__repr__" in vars(each) for each in type(value).__mro__[:-1])
    return repr(value) if own else type(value).__name__.lower()


def _array(array: np.ndarray[Any, Any]) -> str:
    if array.ndim == 0:
        return _text(array[()])
    if array.size > 12:
        first = ", ".join(_text(each) for each in array.ravel()[:4])
        return f"array of shape {array.shape}: {first}, …"
    return f"[{', '.join(_array(each) if isinstance(each, np.ndarray) else _text(each) for each in array)}]"


def last_line(error: BaseException, *names: str) -> traceback.FrameSummary | None:
    """The last line that an error passed in files of these names."""
    passed = [each for each in traceback.walk_tb(error.__traceback__) if Path(each[0].f_code.co_filename).name in names]
    return _line(*passed[-1]) if passed else None


def _line(frame: FrameType, number: int) -> traceback.FrameSummary:
    """A line of the text that was run: the file may have another one by now."""
    code, loader = frame.f_code, frame.f_globals.get("__loader__")
    text = loader.get_source(frame.f_globals["__name__"]) if isinstance(loader, InspectLoader) else None
    line = text.splitlines()[number - 1].strip() if text else None
    return traceback.FrameSummary(code.co_filename, number, code.co_name, line=line)


def place_of(error: BaseException) -> str:
    """The learner's last line that an error passed, and the exercise's before an engine's, as they stand behind it.

    A line of the engine has no number: the chapter was checked on an engine of the chapters before, and
    ``mine/engine.py`` may have more.
    """
    own, last = last_line(error, _LEARNERS[0]), last_line(error, *_LEARNERS)
    told = [f"{_LEARNERS[0]}, line {own.lineno}: {own.line}"] if own else []
    if last and last != own:
        told.append(f"{Path(last.filename).name}, in {last.name}: {last.line}")
    return f" ({'; '.join(told)})" if told else ""


def _raised(error: BaseException) -> str:
    said = str(error).split("\n")[0]
    return f"raises {type(error).__name__}" + (f": {said}" if said else "") + place_of(error)


def _numbers(value: Any) -> bool:
    return isinstance(value, (int, float, np.ndarray, np.generic)) and np.asarray(value).dtype.kind in "iuf"


def _same(yours: Any, right: Any, within: float) -> bool:
    if _numbers(right):
        if not _numbers(yours) or np.shape(yours) != np.shape(right):
            return False
        return bool(np.allclose(yours, right, rtol=within, atol=within, equal_nan=True))
    if isinstance(right, Mapping):
        return (
            isinstance(yours, Mapping)
            and set(yours) == set(right)
            and all(_same(yours[key], right[key], within) for key in right)
        )
    if isinstance(right, (list, tuple)):
        return (
            isinstance(yours, type(right))
            and len(yours) == len(right)
            and all(_same(mine, other, within) for mine, other in zip(yours, right, strict=True))
        )
    return bool(type(yours) is type(right) and yours == right) or (isinstance(right, bool) and yours is right)


def _apart(yours: Any, right: Any) -> float:
    """The largest distance of two values that look the same."""
    if _numbers(right):
        return float(np.max(np.abs(np.subtract(yours, right)), initial=0.0))
    if isinstance(right, Mapping):
        return max((_apart(yours[key], right[key]) for key in right), default=0.0)
    if isinstance(right, (list, tuple)):
        return max((_apart(mine, other) for mine, other in zip(yours, right, strict=True)), default=0.0)
    return 0.0
