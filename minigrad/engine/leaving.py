"""The way of a number out of a tensor: only where the user says so, because its gradient ends there.

Python asks for ``__float__`` in silence too: ``math.sqrt(tensor)`` and ``array[0] = tensor`` do. Whether ``float`` was
said is read from the source at the instruction that asks, or, where there is none, from the names that its code uses.
"""

from __future__ import annotations

import dis
import linecache
import re
from types import CodeType, FrameType

_SAID = re.compile(r"\bfloat(16|32|64)?\b")
_known: dict[tuple[int, int], tuple[CodeType, bool]] = {}  # by the id of a code, which lives as it is held here


def said_float(frame: FrameType) -> bool:
    """Whether the running instruction of ``frame`` turns a tensor into a number by name, or only to show it."""
    code, instruction = frame.f_code, frame.f_lasti
    known = _known.get((id(code), instruction))
    if known is None:
        known = _known[id(code), instruction] = code, _says_float(code, instruction)
    return known[1]


def _says_float(code: CodeType, instruction: int) -> bool:
    name = dis.opname[code.co_code[instruction]]
    if name.startswith("BINARY"):  # "%f" % tensor: all other operators are the tensor's own
        return True
    if name.startswith("STORE"):
        return False
    source = _source(code, instruction, whole_lines=not name.startswith("CALL"))
    if source:
        return _SAID.search(source) is not None
    return "math" not in code.co_names and any(map(_SAID.fullmatch, code.co_names))


def _source(code: CodeType, instruction: int, whole_lines: bool) -> str:
    """The text of the expression that an instruction belongs to, or nothing where it is not known."""
    first, last, start, end = [*code.co_positions()][instruction // 2]
    if first is None or last is None or code.co_filename == "<string>":  # of any text that was given to exec
        return ""
    lines = [linecache.getline(code.co_filename, number).encode() for number in range(first, last + 1)]
    if not whole_lines:
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
    return b"".join(lines).decode(errors="replace")
