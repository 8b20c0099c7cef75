"""A page of characters on which lines are drawn with box characters."""

from __future__ import annotations

import unicodedata

_CORNERS = {
    frozenset("we"): "─",
    frozenset("w"): "─",
    frozenset("e"): "─",
    frozenset("ns"): "│",
    frozenset("ws"): "┐",
    frozenset("wn"): "┘",
    frozenset("es"): "┌",
    frozenset("en"): "└",
    frozenset("wes"): "┬",
    frozenset("wen"): "┴",
    frozenset("ens"): "├",
    frozenset("wns"): "┤",
    frozenset("wens"): "┼",
}


def display_width(text: str) -> int:
    """The number of columns that a terminal gives to a text."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cropped(text: str, width: int) -> str:
    """``text``, its end replaced by … where it is wider than ``width``."""
    if display_width(text) <= width:
        return text
    kept = ""
    for character in text:
        if display_width(kept + character) > width - 1:
            break
        kept += character
    return kept.rstrip() + "…" if width > 0 else ""


class Canvas:
    """Rows of characters that grow as they are written on; text lies over lines."""

    def __init__(self) -> None:
        self._rows: list[dict[int, str]] = []
        self._lines: dict[tuple[int, int], tuple[int, set[str]]] = {}

    def _row(self, y: int) -> dict[int, str]:
        while len(self._rows) <= y:
            self._rows.append({})
        return self._rows[y]

    def write(self, x: int, y: int, text: str) -> None:
        """Write a text from (x, y) to the right; a character may be two columns wide."""
        row = self._row(y)
        for character in text:
            columns = _columns(character)
            if not columns:
                before = max((k for k in row if k < x), default=None)
                if before is not None:
                    row[before] += character
                continue
            row[x] = character
            if columns == 2:
                row[x + 1] = ""
            x += columns

    def line(self, owner: int, x: int, y: int, sides: str) -> None:
        """Draw from the middle of a place to some of its sides; lines of one owner join, others cross."""
        known = self._lines.get((x, y))
        if known is None:
            self._lines[x, y] = (owner, set(sides))
        elif known[0] == owner:
            known[1].update(sides)
        elif "n" in sides or "s" in sides:
            self._lines[x, y] = (owner, set(sides))
        self._row(y)

    def across(self, owner: int, y: int, left: int, right: int) -> None:
        """A line from the place ``left`` to the place ``right``, ends included."""
        for x in range(left, right + 1):
            self.line(owner, x, y, "we")

    def corner(self, owner: int, x: int, start: int, end: int) -> None:
        """A line that comes from the left at ``start`` and leaves to the right at ``end``, by the column ``x``."""
        if start == end:
            self.line(owner, x, start, "we")
            return
        there, back = ("s", "n") if end > start else ("n", "s")
        self.line(owner, x, start, "w" + there)
        for y in range(min(start, end) + 1, max(start, end)):
            self.line(owner, x, y, "ns")
        self.line(owner, x, end, "e" + back)

    def text(self) -> list[str]:
        """The rows, without blanks at their ends."""
        rows = []
        for y, row in enumerate(self._rows):
            places = {x: _CORNERS.get(frozenset(sides), "") for (x, at), (_, sides) in self._lines.items() if at == y}
            places.update(row)
            rows.append("".join(places.get(x, " ") for x in range(max(places, default=-1) + 1)).rstrip())
        return rows
