"""``minigrad draw``: run a script, and draw the tape that it records."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Any

from ..bptt import Window
from ..draw.drawing import Drawing, DrawingError, draw
from ..draw.examples import EXAMPLES
from ..draw.write.files import BINARY, KINDS, SUFFIXES, check_settings, missing
from ..engine.context import active_tape
from ..engine.tape import Tape
from ..errors import MinigradError
from ..storage.atomic import write_whole
from ..words import printable
from .last_tape import Watch

DESCRIPTION = (
    "Draw the tape that a Python file records. The file is run, as Python code with all your rights, like "
    "`python FILE.py`; with FILE.py:function it is imported, and the function is called without arguments. What is "
    "drawn is the tape, the window or the drawing that the function returns, else the last tape that was used."
)

STDOUT = Path("-")


class ShellError(DrawingError):
    """Something on the command line that the user can put right."""


class ScriptError(MinigradError):
    """The user's file failed while it ran."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give the parser of the command its arguments."""
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE.py[:function]", help="the file to run")
    add("--example", choices=EXAMPLES, help="draw a built-in example instead of a file")
    add(
        "-o",
        "--out",
        type=Path,
        metavar="FILE",
        help=f"where to write: {' '.join(SUFFIXES)}, or - for standard output (default: the file's name with .svg)",
    )
    add(
        "--format",
        choices=KINDS,
        metavar="KIND",
        help="what - or a file without --out is: svg (default), png, tex, ...",
    )
    add("--scale", type=float, metavar="N", help="pixels per point of .png and .gif (default: 2, and 1 for .gif)")
    add("--seconds", type=float, metavar="N", help="for each moment of .gif (default: 1)")
    add("--text", action="store_true", help="print the picture in box characters; writes no file without --out")
    add("--inspect", action="store_true", help="also keep values, gradients and what cuts drop (takes memory)")
    add(
        "--steps",
        type=steps,
        metavar="STEPS",
        help="the steps to show, such as 1:5 (without 5), -2: (the last two) or 1,2,9",
    )
    add("--depth", type=int, metavar="N", help="modules as boxes: 1 for each, 2 to open those, ... (implies --inspect)")
    add("--title", help='the heading; "" for none')
    add("--view", help="unfolded (default), folded or both")
    add("--theme", help="the colours: light (default), dark or print")
    add("--show", metavar="WORDS", help="what to say about operations, such as op,shape,grad")
    add("--lane", type=int, metavar="N", help="the walk whose gradients are shown, by its number")
    add("--compact", action="store_const", const=True, help="one box for each cell and step")
    add("--width", type=length, metavar="LENGTH", help="print it so wide, in rows: 12cm, 5in, or a number of pixels")
    add(
        "--font", type=length, metavar="SIZE", help="of the smallest letters: a number of points (default: 6), 9px, ..."
    )
    for name, what in (
        ("legend", "legend"),
        ("panel", "panel of parameters"),
        ("memory", "bytes that each step keeps"),
    ):
        add(f"--no-{name}", dest=name, action="store_const", const=False, help=f"leave the {what} out")


def run(options: dict[str, Any]) -> None:
    """Do what the command line says.

    Raises:
        ShellError: no such file or function, nothing recorded, a bad option.
        DrawingError: the picture cannot be written.
        ScriptError: the file failed.
    """
    file, example = options.pop("file"), options.pop("example")
    if (file is None) == (example is None):
        raise ShellError("give either a FILE.py or --example NAME (see minigrad draw --help)")
    out, text, inspected = (options.pop(name) for name in ("out", "text", "inspect"))
    kind = options.pop("format")
    written = {name: value for name in ("scale", "seconds") if (value := options.pop(name)) is not None}
    path, function = (Path(example), "") if file is None else split(file)
    if file is not None:
        check_file(path)
    if out is None and (kind or not text):
        out = Path(path.name).with_suffix(f".{kind or 'svg'}")
    if out is not None:
        kind = check_output(out, kind, text)
        check_written(written)
    inspected = inspected or options["depth"] is not None
    options = {name: value for name, value in options.items() if value is not None}
    if "show" in options:
        options["show"] = [word.strip() for word in options["show"].split(",")]
    with _only_messages() if out == STDOUT else nullcontext():
        if file is None:
            source: Any = EXAMPLES[example]()
        else:
            print(f"Running {printable(path)} …", file=sys.stderr)
            source = record(path, function, inspected)
        drawing = drawn(source, options)
        picture = b"" if out is None else drawing.encoded(kind, **written)
    if text:
        print(drawing.text())
    if out == STDOUT:
        sys.stdout.buffer.write(picture)
        sys.stdout.buffer.flush()
    elif out is not None:
        try:
            write_whole(out, picture)
        except OSError as failure:
            raise ShellError(f"--out {out}: cannot write there: {failure.strerror}") from None
        many = len(drawing.graph.whole.nodes)
        print(f"{printable(out)}: {drawing.scene.title or 'the picture'} ({many:,} record{'' if many == 1 else 's'})")


# -- the command line ------------------------------------------------------------------------------


def length(text: str) -> float | str:
    """A length as ``draw`` takes it: a number where there is no unit."""
    try:
        return float(text)
    except ValueError:
        return text


def split(argument: str) -> tuple[Path, str]:
    """``FILE.py:function`` as its two parts; the function may be missing."""
    file, colon, function = argument.rpartition(":")
    if colon and not os.path.exists(argument) and os.sep not in function:
        return Path(file), function
    return Path(argument), ""


def steps(text: str) -> Any:
    """The steps that ``1:5``, ``:-3`` or ``1,2,9`` means.

    Raises:
        argparse.ArgumentTypeError: it means none.
    """
    try:
        if ":" in text:
            bounds = [int(part) if part.strip() else None for part in text.split(":")]
            if len(bounds) > 3 or bounds[2:] == [0]:
                raise ValueError(text)
            return slice(*bounds)
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write a slice such as 1:5, or numbers such as 1,2,9") from None


def joined(arguments: Sequence[str]) -> list[str]:
    """The arguments with ``--steps -2:`` as ``--steps=-2:``, which the parser does not take for another option."""
    left = list(arguments)
    found: list[str] = []
    while left:
        argument = left.pop(0)
        if argument == "--steps" and left and re.fullmatch(r"-\d[-\d:,]*", left[0]):
            argument = f"--steps={left.pop(0)}"
        found.append(argument)
    return found


def check_output(out: Path, kind: str | None, text: bool) -> str:
    """Find what would go wrong with writing before anything is run, and what kind of file is written.

    Args:
        out: where to write.
        kind: of file, as asked for.
        text: whether the terminal shows a picture in box characters.

    Raises:
        ShellError: an unknown suffix, one that is not of the kind, no such folder, something that is needed is missing,
            or standard output is no place for it.
    """
    if out == STDOUT:
        kind = kind or "svg"
        if text:
            raise ShellError("--text and --out - both write to standard output; leave one of them out")
        if kind in BINARY and sys.stdout.isatty():
            raise ShellError(f"--out -: a terminal cannot show .{kind}; send it to a file or another program")
    else:
        suffix = out.suffix.lower()
        if suffix not in SUFFIXES:
            raise ShellError(f"--out {out}: the suffix must be one of {' '.join(SUFFIXES)}")
        if kind not in (None, suffix.removeprefix(".")):
            raise ShellError(f"--out {out} --format {kind}: the two name different formats; leave --format out")
        kind = suffix.removeprefix(".")
        if not out.parent.is_dir():
            raise ShellError(f"--out {out}: there is no folder {out.parent}")
    lacks = missing(kind)
    if lacks:
        raise ShellError(f"--out {out}: {lacks}")
    return kind


def check_written(options: dict[str, float]) -> None:
    """Check the settings of what is written.

    Raises:
        ShellError: no file can have them.
    """
    try:
        check_settings(options.get("scale"), options.get("seconds", 1.0))
    except ValueError as wrong:
        raise ShellError(f"--{wrong.args[0]}") from None


def check_file(path: Path) -> None:
    """Check that a file can be run.

    Raises:
        ShellError: it is not there, or not a file.
    """
    if path.is_dir():
        raise ShellError(f"{path}: this is a folder, not a Python file")
    if not path.exists():
        raise ShellError(f"{path}: there is no such file")


def drawn(source: Any, options: dict[str, Any]) -> Drawing:
    """The drawing of what a script gave.

    Raises:
        ShellError: an option that ``draw`` refuses.
    """
    if isinstance(source, Drawing):
        return source
    try:
        return draw(source, **options)
    except (TypeError, ValueError) as wrong:
        raise ShellError(str(wrong.args[0])) from None  # without the line of a call that the user did not write


# -- running the file ------------------------------------------------------------------------------


def record(path: Path, function: str, inspected: bool = False) -> Any:
    """Run a file, or a function in it, and return the tape, the window or the drawing that comes of it.

    Raises:
        ShellError: no such function, it needs arguments, or nothing was recorded.
        ScriptError: it failed.
    """
    watch = Watch(inspected)
    result: Any = None
    with watch.watching(), _as_main(path), _errors_of(path):
        names = runpy.run_path(str(path), run_name="__minigrad_draw__" if function else "__main__")
        if function:
            result = _function(path, names, function)()
    if isinstance(result, Window):
        whole = copy(result)
        whole.tape = watch.whole(result.tape)
        return whole
    if isinstance(result, Tape):
        return watch.whole(result)
    if isinstance(result, Drawing):
        return result
    tape = watch.tape()
    if tape is None:
        hint = f"; call one of its functions with {path}:NAME" if not function else ""
        raise ShellError(f"{path}: it ran, and recorded nothing on any tape{hint}")
    return tape


def _function(path: Path, names: dict[str, Any], name: str) -> Callable[[], Any]:
    function = names.get(name)
    if not callable(function):
        there = [key for key, value in names.items() if inspect.isfunction(value) and not key.startswith("_")]
        known = f"; it has {', '.join(there[:8])}" if there else ""
        raise ShellError(f"{path}: there is no function {name!r} in it{known}")
    try:
        needed = [
            p.name
            for p in inspect.signature(function).parameters.values()
            if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
    except (TypeError, ValueError):
        needed = []
    if needed:
        raise ShellError(f"{path}: {name}() needs {', '.join(needed)}; give a function that can be called without")
    return function  # type: ignore[no-any-return]


@contextmanager
def _as_main(path: Path) -> Iterator[None]:
    """The surroundings that a script expects: its own arguments and its own folder to import from."""
    argv, folders = sys.argv, sys.path
    token = active_tape.set(None)
    sys.argv, sys.path = [str(path)], [str(path.resolve().parent), *folders]
    try:
        yield
    finally:
        sys.argv, sys.path = argv, folders
        active_tape.reset(token)


@contextmanager
def _only_messages() -> Iterator[None]:
    """Send what a script prints, and what programs print that it starts, to where messages go.

    Standard output is left to the picture.
    """
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # it is closed
        with redirect_stdout(sys.stderr):
            yield
        return
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Errors of the user's file as one line that names the line in it."""
    try:
        yield
    except ShellError:
        raise
    except SystemExit as end:
        if end.code not in (None, 0):
            raise ScriptError(f"{path}: it ended with exit code {end.code}") from None
    except Exception as failure:
        where = f"{path}:{_line_in(path, failure.__traceback__) or getattr(failure, 'lineno', None) or '?'}"
        raise ScriptError(f"{where}: {type(failure).__name__}: {failure}") from failure


def _line_in(path: Path, trace: TracebackType | None) -> int | None:
    """The innermost line of a file in a traceback."""
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == str(path)]
    return lines[-1] if lines else None
