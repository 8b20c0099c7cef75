"""A tape as a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..words import listed, printable

if TYPE_CHECKING:
    from .record import Record
    from .tape import Tape

_HEADER = ("index", "step", "op", "inputs", "shape", "dtype", "bytes kept")
_LONGEST = 60  # records shown; a longer tape loses its middle, and says so


def tape_table(tape: Tape) -> str:
    """The records of ``tape``, one a line, with the cut before them and the bytes that they keep."""
    records = list(tape)
    kept = tape.kept_bytes()
    rows: list[tuple[str, ...]] = [_row(tape, i, record, kept[i]) for i, record in enumerate(records)]
    if len(rows) > _LONGEST:
        half = _LONGEST // 2
        elided = len(rows) - 2 * half
        rows = [*rows[:half], ("⋯", "", f"{elided} more", "", "", "", ""), *rows[-half:]]
    widths = [max(len(row[k]) for row in [_HEADER, *rows]) for k in range(len(_HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    header = "  ".join(cell.ljust(width) for cell, width in zip(_HEADER, widths, strict=True)).rstrip()
    title = f"{len(records)} records, {tape.step} steps, {sum(kept):,} bytes kept"
    cut = tape.last_cut
    if cut is not None:
        title += f", cut {cut.number} dropped the {cut.dropped} records of steps {cut.first_step} to {cut.last_step}"
    return "\n".join([title, header, "-" * len(header), *lines])


def _row(tape: Tape, index: int, record: Record, bytes_kept: int) -> tuple[str, ...]:
    inputs = listed(record.inputs, lambda i: "const" if i is None else _name(tape, i) or f"%{i}")
    name = _name(tape, record.out)
    target = f"%{record.out} {name}" if name else f"%{record.out}"
    kept = "freed" if record.residuals is None else f"{bytes_kept:,}"
    return (
        str(index),
        str(record.step),
        f"{target} = {record.op}",
        inputs,
        "×".join(map(str, record.shape)) or "scalar",
        str(record.dtype),
        kept,
    )


def _name(tape: Tape, number: int) -> str:
    """The name of an id on one line, or ""."""
    return printable(" ".join(tape.names.get(number, "").split()))
