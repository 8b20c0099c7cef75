"""The ``minigrad`` command.

Exit codes: 0 for success, 1 for a failure on the way, 2 for something that the user can put right, and
130 after an abort by Ctrl-C.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from typing import NoReturn

from .. import __version__
from ..demo import Settings, UsageError, run
from ..demo.settings import named_path
from ..demo.train import DivergedError
from ..draw import DrawingError
from ..errors import CheckpointError, ExtraError
from ..learn.state import LearnError
from ..words import printable
from . import draw as shell, lags, learn


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong instead of printing the usage.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        argv: the arguments; by default those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character must not end the run
    parser = make_parser()
    try:
        arguments = vars(parser.parse_args(shell.joined(sys.argv[1:] if argv is None else argv)))
        match arguments.pop("command"):
            case "demo":
                run(Settings(**arguments))
            case "draw":
                shell.run(arguments)
            case "lags":
                lags.run(arguments)
            case "learn":
                return learn.run(arguments)
            case _:
                parser.print_help()
    except (UsageError, DrawingError, ExtraError, CheckpointError, LearnError) as wrong:
        return _fail(str(wrong), 2)
    except BrokenPipeError:  # what reads our output has seen enough; nothing is left to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (DivergedError, shell.ScriptError, MemoryError, OSError) as failure:
        return _fail(str(failure), 1)
    except KeyboardInterrupt as interrupt:
        return _fail(str(interrupt) or "aborted", 130)
    return 0


def make_parser() -> Parser:
    """The parser of the command line."""
    parser = Parser(prog="minigrad", description="A tiny tape-based autodiff engine.")
    parser.add_argument("--version", action="version", version=f"minigrad {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", parser_class=Parser)
    demo = commands.add_parser(
        "demo",
        help="train a character-level network on real text and draw what the tape recorded",
        description="Train a character-level recurrent network by truncated back-propagation through time, let it "
        "write, and draw what the tape recorded. Ctrl-C ends training early and keeps what was learned.",
    )
    default = {field.name: field.default for field in fields(Settings)}
    add = demo.add_argument
    add(
        "--text",
        type=named_path,
        metavar="FILE",
        help="a UTF-8 text to learn from (default: Python's own documentation)",
    )
    add("--k", type=int, metavar="K", help="steps in a window (default: %(default)s)")
    add("--k2", type=int, metavar="K2", help="how many steps back a gradient may reach (default: K)")
    add("--hidden", type=int, metavar="N", help="hidden units (default: %(default)s)")
    add("--cell", metavar="CELL", help="the recurrent cell: rnn, gru or lstm (default: %(default)s)")
    add("--steps", type=int, metavar="N", help="windows to train on (default: %(default)s)")
    add("--batch", type=int, metavar="N", help="rows of text read side by side (default: %(default)s)")
    add("--lr", type=float, metavar="RATE", help="learning rate of Adam at the start (default: %(default)s)")
    add("--seed", type=int, metavar="N", help="seed of initial values and samples (default: %(default)s)")
    out = "folder to write to; older files are replaced (default: %(default)s)"
    add("--out", type=named_path, metavar="DIR", help=out)
    add("--device", choices=("cpu", "cuda"), help="where to compute (default: %(default)s)")
    add("--eager", action="store_true", help="record every window step by step, and replay no program")
    demo.set_defaults(**default)
    draw = commands.add_parser("draw", help="run a Python file and draw its tape", description=shell.DESCRIPTION)
    shell.add_arguments(draw)
    measure = commands.add_parser("lags", help="how far back the gradient reaches", description=lags.DESCRIPTION)
    lags.add_arguments(measure)
    course = commands.add_parser("learn", help="work through the course", description=learn.DESCRIPTION)
    learn.add_arguments(course)
    return parser


def _fail(message: str, code: int) -> int:
    print(f"minigrad: {printable(' '.join(message.split()))}", file=sys.stderr)
    return code
