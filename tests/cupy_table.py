"""CuPy's names, signatures and ufunc loops as a table, which ``tests/strict.py`` is bound to.

    python -m tests.cupy_table            # compare it with the CuPy that is installed; the status is 1 if it is stale
    python -m tests.cupy_table --freeze   # write it anew

CuPy is looked at, not run: its wheel imports without a driver.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

FILE = Path(__file__).with_name("cupy_table.json")
SPACES = ("cupy", "cupy.linalg", "cupyx", "cupyx.scipy.special")
_BFLOAT16 = "E"  # whose loops are there where ml_dtypes is installed, which JAX brings along
EMPTY = inspect.Parameter.empty


# -- looking at an installed CuPy ------------------------------------------------------------------


def frozen() -> dict[str, Any]:
    """The table of the CuPy that is installed."""
    import importlib

    cupy: Any = importlib.import_module("cupy")
    table: dict[str, Any] = {"version": cupy.__version__}
    for space in SPACES:
        module = importlib.import_module(space)
        table[space] = {name: _entry(cupy, value) for name, value in _public(module)}
    methods = {name: getattr(cupy.ndarray, name) for name in dir(cupy.ndarray)}
    table["ndarray"] = {name: signature(value) if callable(value) else "attribute" for name, value in methods.items()}
    return table


def _public(module: ModuleType) -> list[tuple[str, Any]]:
    named = [(name, getattr(module, name)) for name in dir(module) if not name.startswith("_")]
    return [(name, value) for name, value in named if not isinstance(value, ModuleType)]


def _entry(cupy: Any, value: Any) -> Any:
    """A ufunc as its loops, a function as its signature, anything else as what it is."""
    if isinstance(value, cupy.ufunc):
        return [loop for loop in value.types if _BFLOAT16 not in loop]
    if isinstance(value, type):
        return "class"
    return signature(value) if callable(value) else "value"


def signature(function: Any) -> str | None:
    """Names and kinds of the parameters, ``=`` behind those with a default; ``None`` where CuPy does not say."""
    try:
        found = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return _embedded(function)
    parts: list[str] = []
    for k, each in enumerate(found):
        before = list(found)[k - 1] if k else None
        if each.kind is each.KEYWORD_ONLY and (
            before is None or before.kind not in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        ):
            parts.append("*")
        star = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        parts.append(f"{star}{each.name}{'' if each.default is EMPTY else '='}")
        after = list(found)[k + 1] if k + 1 < len(found) else None
        if each.kind is each.POSITIONAL_ONLY and (after is None or after.kind is not each.POSITIONAL_ONLY):
            parts.append("/")
    return ", ".join(parts)


def _embedded(function: Any) -> str | None:
    """The same from the line that Cython puts in front of a docstring."""
    first = (function.__doc__ or "").split("\n")[0]
    found = re.match(rf"\s*(?:\w+\.)*{re.escape(getattr(function, '__name__', '?'))}\((.*)\)\s*(?:->.*)?$", first)
    if not found:
        return None
    parts: list[str] = []
    depth, part = 0, ""
    for letter in found[1] + ",":
        depth += (letter in "([{") - (letter in ")]}")
        if letter != "," or depth:
            part += letter
            continue
        head, default, _ = part.strip().partition("=")
        name = head.strip() if head.strip() in ("*", "/") else head.split(":")[0].split()[-1] if head.strip() else ""
        parts += [name + default] if name else []
        part = ""
    return ", ".join(parts)


# -- reading the table -----------------------------------------------------------------------------


@functools.cache
def table() -> dict[str, Any]:
    """The table as it lies in the file."""
    return dict(json.loads(FILE.read_text("utf-8")))


@functools.cache
def parameters(text: str) -> inspect.Signature:
    """A signature of the table, to bind arguments with."""
    source = text.replace("=", "=None")
    arguments = ast.parse(f"def f({source}): ...").body[0].args  # type: ignore[attr-defined]
    plain = [*arguments.posonlyargs, *arguments.args]
    optional = [False] * (len(plain) - len(arguments.defaults)) + [True] * len(arguments.defaults)
    P = inspect.Parameter
    found = [
        P(
            each.arg,
            P.POSITIONAL_ONLY if k < len(arguments.posonlyargs) else P.POSITIONAL_OR_KEYWORD,
            default=None if given else EMPTY,
        )
        for k, (each, given) in enumerate(zip(plain, optional, strict=True))
    ]
    found += [P(arguments.vararg.arg, P.VAR_POSITIONAL)] if arguments.vararg else []
    found += [
        P(each.arg, P.KEYWORD_ONLY, default=EMPTY if default is None else None)
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    found += [P(arguments.kwarg.arg, P.VAR_KEYWORD)] if arguments.kwarg else []
    return inspect.Signature(found)


def as_text(content: dict[str, Any]) -> str:
    """The table as JSON, one name a line."""
    parts = []
    for space, entries in content.items():
        if isinstance(entries, str):
            parts.append(f"{json.dumps(space)}: {json.dumps(entries)}")
        else:
            lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(entries.items()))
            parts.append(f"{json.dumps(space)}: {{\n{lines}\n}}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Freeze, or compare; the exit status is 1 if the table is not that of the installed CuPy."""
    text = as_text(frozen())
    if arguments == ["--freeze"]:
        FILE.write_text(text, "utf-8")
        print(f"{FILE.name}: CuPy {json.loads(text)['version']}, {text.count(chr(10)):,} lines")
        return 0
    there = FILE.read_text("utf-8")
    if there == text:
        print(f"{FILE.name} is that of CuPy {json.loads(text)['version']}, which is installed")
        return 0
    old, new = set(there.splitlines()), set(text.splitlines())
    for line in [*(f"- {line}" for line in sorted(old - new)), *(f"+ {line}" for line in sorted(new - old))][:40]:
        print(line)
    print(f"{FILE.name} is stale: python -m tests.cupy_table --freeze, then run the tests", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
