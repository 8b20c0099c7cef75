"""Kept bytes over a run in characters: a bar for each step, or for each record, from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap

from ..graph.memory import bytes_text
from ..layout.bars import notes_of
from ..reading.kept_bytes import Bar, KeptBytes
from .text_canvas import cropped

_HEAD, _SIZE = 10, 9  # columns of a name and of a size
_MOST = 60  # bars


def bars_text(kept: KeptBytes, title: str, width: int) -> str:
    """The bars, one for the last record of each step, with lines where a walk or a cut came."""
    most = max((bar.size for bar in kept.bars), default=0)
    room = max(width - _HEAD - _SIZE - 2, 4)
    lines = [title, ""] if title else []
    count = sum(1 for stretch in kept.stretches for _ in _by_step(stretch.bars))
    apart = -(-count // _MOST) or 1
    for stretch in kept.stretches:
        bars = list(_by_step(stretch.bars))
        for bar in bars[(len(bars) - 1) % apart :: apart]:
            name = f"t = {bar.steps[1]}" if bar.steps[1] else f"%{bar.last}"
            lines.append(_line(name, bar.size, most, room))
        if stretch.ended:
            words = ", ".join(event.words for event in stretch.events)
            lines.append(f"{'':>{_HEAD}} ╌╌ {words} ╌╌")
    if kept.end is not None:
        lines.append(_line("now", kept.end.size, most, room))
    if apart > 1:
        lines.append(f"one bar in {apart:,} is shown")
    lines += ["", *(each for note in notes_of(kept) for each in wrap(note, width))]
    return "\n".join(cropped(each, width).rstrip() for each in lines)


def _by_step(bars: tuple[Bar, ...]) -> Iterator[Bar]:
    """The last bar of each step; every bar that belongs to none."""
    for step, members in groupby(bars, key=lambda bar: bar.steps[1]):
        found = list(members)
        yield from found[-1:] if step else found


def _line(name: str, size: int, most: int, room: int) -> str:
    length = size / most * room if most else 0.0
    whole = int(length)
    part = " ▏▎▍▌▋▊▉"[int((length - whole) * 8)]
    return f"{name:>{_HEAD}} {bytes_text(size):>{_SIZE}} {'█' * whole}{part.strip()}"
