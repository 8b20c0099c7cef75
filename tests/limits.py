"""The limits of the house: ``python -m tests.limits`` measures, prints, and fails where one is passed.

A limit is met by simpler code, never by denser code; where one disagrees with clarity, it is raised here, and why.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import numpy as np

import minigrad as mg

ROOT = Path(mg.__file__).parent
LIMITS = {
    # 2,400 and 1,500 were planned; since then the engine refuses tensors of other threads and numbers that lose a
    # gradient, deals with masked values, and has its calls of three operands and of auxiliary results unrolled as well
    # and inspection keeps what a drawing must not guess: numbers, and each walk's seeds, sources, border and bytes;
    # and a GPU adds up at an index in an order of its own, which has to be made the same in every run;
    # and a walk that is refused leaves nothing behind;
    # and a primitive takes a batching rule, which is checked where it is given, or is elementwise;
    # and what is computed can be captured: values that are numbered, rules and late sums that are noted;
    # and a record of a recorded walk names the one that it comes from
    "lines of the engine": 3_560,
    "lines of code in the engine": 2_300,
    "lines of a file": 400,
    # 21,500 were planned, and 24,413 there when the rooms were made; then came the reading of drawings with its
    # statements, the player's formulas with numbers, heat maps, memory and cells as pictures, five formats more,
    # pictures for books (rows, cells as boxes, letters of a size), a learner's tape run again; and for CuPy a look at
    # the device, refusals that come late, sums in order; and the course's runner, its proofs, grades and notebooks;
    # and loops as text with both views, and what is asked of a last step or a constant before it is said to be one;
    # and the batching rules of all primitives; and programs, with indices that are operands, and vmap
    # and their memory: lifetimes, places, what writes into them; and notebooks that the graders themselves run
    "lines of minigrad": 43_300,
    # 8, 2,000 and 600 were planned; gradients, calls and watchers have files of their own, or one would be too long
    "files of the engine on the reading path": 11,
    "lines of these files": 2_430,
    "lines of function bodies on the reading path": 610,
}
_SKIPPED = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def lines_of(path: Path) -> int:
    """All lines of a file."""
    return path.read_text("utf-8").count("\n")


def code_of(path: Path) -> int:
    """Its lines without docstrings, comments and blank lines."""
    source = path.read_text("utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {n for t in tokens if t.type not in _SKIPPED for n in range(t.start[0], t.end[0] + 1)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            code -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(code)


def reading_path() -> dict[CodeType, int]:
    """The functions that ``tanh(x @ w) * 2 + x`` and its backward walk run through, and the lines of their bodies."""
    x, w = mg.parameter(np.ones((2, 2))), mg.parameter(np.ones((2, 2)))
    seen: dict[CodeType, None] = {}

    def noted(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)):
            seen.setdefault(frame.f_code)

    with mg.Tape():  # the plans are made
        mg.tanh(x @ w) * 2 + x
    sys.setprofile(noted)
    try:
        with mg.Tape() as tape:
            y = mg.tanh(x @ w) * 2 + x
            tape.backward(y, np.ones((2, 2)))
    finally:
        sys.setprofile(None)
    return {code: _body(code) for code in seen}


def _body(code: CodeType) -> int:
    """The lines of a function's body, without its docstring."""
    tree = ast.parse(Path(code.co_filename).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.Lambda)) and getattr(node, "name", "<lambda>") == code.co_name:
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            if first == code.co_firstlineno:
                statements = [node.body] if isinstance(node, ast.Lambda) else node.body
                described = isinstance(node, ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None
                return (node.end_lineno or 0) - statements[described].lineno + 1
    return 1  # a comprehension


def measured() -> Iterator[tuple[str, int, str]]:
    """Each limited thing with its number, and a remark."""
    engine = sorted((ROOT / "engine").rglob("*.py"))
    for path in engine:
        print(f"{lines_of(path):6} {code_of(path):6}  {path.name}")
    yield "lines of the engine", sum(map(lines_of, engine)), ""
    yield "lines of code in the engine", sum(map(code_of, engine)), "without docstrings, comments and blank lines"
    longest = max(ROOT.rglob("*.py"), key=lines_of)
    yield "lines of a file", lines_of(longest), str(longest.relative_to(ROOT))
    yield "lines of minigrad", sum(map(lines_of, ROOT.rglob("*.py"))), ""
    path = reading_path()
    bodies = Counter[str]()
    for code, length in path.items():
        bodies[str(Path(code.co_filename).relative_to(ROOT))] += length
    print("\nThe reading path of tanh(x @ w) * 2 + x and its backward walk: lines of function bodies, and of the file")
    for name, length in bodies.items():
        print(f"{length:6} {lines_of(ROOT / name):6}  {name}")
    read = [ROOT / name for name in bodies if name.startswith("engine")]
    yield "files of the engine on the reading path", len(read), ""
    yield "lines of these files", sum(map(lines_of, read)), ""
    yield "lines of function bodies on the reading path", sum(bodies.values()), f"{len(path)} functions"


def main() -> int:
    """Print everything; the exit status is 1 if a limit is passed."""
    print(" lines   code  file of the engine")
    found = list(measured())
    print("\nnumber  limit")
    for what, number, remark in found:
        passed = "  TOO MUCH" if number > LIMITS[what] else ""
        print(f"{number:6,} {LIMITS[what]:6,}  {what}{f' ({remark})' if remark else ''}{passed}")
    return any(number > LIMITS[what] for what, number, _ in found)


if __name__ == "__main__":
    sys.exit(main())
