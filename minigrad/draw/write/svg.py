"""SVG, written by ourselves: a picture appears with no package of the system.

Most boxes and lines have a copy at every step. So each is written around its own origin and moved to its place: what
two of them share is put together once, which a long picture is written twice as fast with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import count, repeat
from zlib import crc32

from ..layout.route import along, rounded, simplified
from ..scene import Badge, Box, Cells, Frame, Path, Point, Scene
from ..text import SHIFTED, Line, Shift
from ..theme import FALLBACKS, Stroke, Theme

Looks = dict[tuple[object, ...], str]  # by what they show, or by the identity of what boxes and lines of a scene share

_HEAD = 7.0  # length of an arrow head for a thin line
_BASELINE = {"": 0.0, "sub": 0.24, "sup": -0.36}  # of a run, in sizes of its line, downwards


def to_svg(scene: Scene, *, parts: bool = False) -> str:
    """The scene as an SVG document.

    Args:
        scene: the picture.
        parts: name the parts that have no id: the k-th line is ``path k``, the k-th text ``text k``, the caption of the
            k-th frame ``caption k``, and gradients within a box ``gradient``.
    """
    width, height = _n(scene.width), _n(scene.height)
    wide, high = (_n(side * (scene.zoom or 1.0)) for side in (scene.width, scene.height))
    labelled, words = _words(scene)
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {width} {height}"'
        f' font-family="{FALLBACKS}" text-anchor="middle" xml:space="preserve" role="img"{labelled}>',
        words,
        f'<rect width="{width}" height="{height}" fill="{scene.theme.background}"/>',
    ]
    names = _named if parts else _unnamed
    pieces += [_frame(frame, scene.theme, name) for frame, name in zip(scene.frames, names("caption"))]
    looks: Looks = {}
    pieces += [_path(path, looks, name) for path, name in zip(scene.paths, names("path"))]
    pieces += [_box(box, scene.theme, looks, parts) for box in scene.boxes]
    ink = scene.theme.inks["text"]
    pieces += [
        _text(text.line, text.x, text.y, ink, scene.theme, name) for text, name in zip(scene.texts, names("text"))
    ]
    pieces.append("</svg>\n")
    return "\n".join(pieces)


def _named(kind: str) -> Iterator[str]:
    """The attributes that name the parts of a kind, in order."""
    return (f' data-part="{kind} {number}"' for number in count())


def _unnamed(kind: str) -> Iterator[str]:
    return repeat("")


def _words(scene: Scene) -> tuple[str, str]:
    """What is read out instead of the picture: an attribute that refers to the elements, and the elements.

    Several pictures may stand in one page, so the ids are made of the words: equal ids have equal words.
    """
    title = escape(scene.title or "What a tape recorded")
    if not scene.description:
        return "", f"<title>{title}</title>"
    description = escape(scene.description)
    mark = f"{crc32(f'{title}|{description}'.encode()):08x}"
    elements = f'<title id="title-{mark}">{title}</title>\n<desc id="desc-{mark}">{description}</desc>'
    return f' aria-labelledby="title-{mark} desc-{mark}"', elements


def _data(part: Box | Path) -> str:
    """What a part stands for, as attributes."""
    kind, ids = f' data-kind="{_escaped(part.kind)}"' if part.kind else "", part.ids
    if not ids:
        return kind
    return f'{kind} data-ids="{ids[0] if len(ids) == 1 else " ".join(map(str, ids))}"'


@lru_cache(maxsize=4096)
def _escaped(text: str) -> str:
    """A short text, as names and numbers are, which stands at many places."""
    return escape(text)


@lru_cache(maxsize=65536)
def _n(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text[:-2] if text[-1] == "0" else text


def _frame(frame: Frame, theme: Theme, name: str) -> str:
    style = frame.style
    dash = ' stroke-dasharray="5 4"' if style.dashed else ""
    rect = (
        f'<rect x="{_n(frame.left)}" y="{_n(frame.top)}" width="{_n(frame.right - frame.left)}"'
        f' height="{_n(frame.bottom - frame.top)}" rx="12" fill="{style.fill}" stroke="{style.stroke}"'
        f' stroke-width="{_n(style.width)}"{dash}/>'
    )
    return rect + (_text(frame.caption, *frame.caption_at, style.ink, theme, name) if frame.caption else "")


def _path(path: Path, looks: Looks, name: str) -> str:
    route, (left, top) = path.route, path.at
    x, y = left + route[0][0], top + route[0][1]
    shared = (id(route), id(path.stroke), path.arrow)
    look = looks.get(shared)
    if look is None:
        points = tuple([(left + u - x, top + v - y) for u, v in route])
        key = (path.stroke, path.arrow, points)
        if key not in looks:
            looks[key] = _line(path.stroke, path.arrow, [(round(u, 2), round(v, 2)) for u, v in points])
        look = looks[shared] = looks[key]
    ends = f' class="edge" data-source="{path.source}" data-target="{path.target}"'
    about = (ends if path.source or path.target else "") + _data(path)
    return f'<g{about}{name} transform="translate({_n(x)} {_n(y)})">{look}</g>'


def _line(stroke: Stroke, arrow: bool, route: Sequence[Point]) -> str:
    """A line with rounded corners, and the head of an arrow."""
    points = simplified(route)
    tip, head = points[-1], ""
    if arrow:
        length = _HEAD + 1.6 * stroke.width
        back = along(tip, points[-2], length)
        half = (2.2 + 0.9 * stroke.width) / length
        (x, y), (u, v) = tip, back
        dx, dy = (x - u) * half, (y - v) * half
        corners = f"M{_n(x)} {_n(y)} L{_n(u - dy)} {_n(v + dx)} L{_n(u + dy)} {_n(v - dx)} Z"
        head = f'<path d="{corners}" fill="{stroke.colour}"/>'
        points = [*points[:-1], along(tip, points[-2], length * 0.8)]
    (x, y), curves = rounded(points)
    d = f"M{_n(x)} {_n(y)}"
    for (ax, ay), (bx, by), (x, y) in curves:
        straight = bx == x and by == y
        d += f" L{_n(x)} {_n(y)}" if straight else f" C{_n(ax)} {_n(ay)}, {_n(bx)} {_n(by)}, {_n(x)} {_n(y)}"
    dash = ' stroke-dasharray="6 4.5"' if stroke.dashed else ""
    return f'<path d="{d}" fill="none" stroke="{stroke.colour}" stroke-width="{_n(stroke.width)}"{dash}/>{head}'


def _box(box: Box, theme: Theme, looks: Looks, parts: bool) -> str:
    contents = (id(box.style), id(box.lines), id(box.before), id(box.badges), id(box.cells))
    key = (box.shape, box.width, box.height, *contents)
    look = looks.get(key)
    if look is None:
        look = looks[key] = _look(box, theme, parts)
    name = "" if box.name.startswith("legend") else f' id="{box.name}"'
    tooltip = f"<title>{escape(box.tooltip)}</title>" if box.tooltip else ""
    return f'<g{name}{_data(box)}>{tooltip}<g transform="translate({_n(box.x)} {_n(box.y)})">{look}</g></g>'


def _look(box: Box, theme: Theme, named: bool) -> str:
    """What a box looks like around its centre."""
    gradient = ' data-part="gradient"' if named else ""
    parts = []
    style = box.style
    dash = ' stroke-dasharray="4 3"' if style.dashed else ""
    paint = f'fill="{style.fill}" stroke="{style.stroke}" stroke-width="{_n(style.width)}"{dash}'
    w, h, head = box.width, box.height, box.head_width
    left = -w / 2 + sum(badge.width for badge in box.before)
    middle = left + head / 2
    if box.shape in ("ellipse", "circle"):
        parts.append(f'<ellipse rx="{_n(w / 2)}" ry="{_n(h / 2)}" {paint}/>')
    else:
        corner = "" if box.shape == "box" else f' rx="{_n(min(9.0, h / 2))}"'
        parts.append(f'<rect x="{_n(left)}" y="{_n(-h / 2)}" width="{_n(head)}" height="{_n(h)}"{corner} {paint}/>')
    cursor = -w / 2
    for badge in box.before:
        parts.append(_badge(badge, cursor, h, theme))
        cursor += badge.width
    cursor += head
    for badge in box.badges:
        parts.append(_badge(badge, cursor, h, theme))
        cursor += badge.width
    at = -box.content_height / 2
    for each in box.lines:
        if box.shape == "scissors" and not each.runs[0].text:
            parts.append(_scissors(0.0, at + each.height / 2, each.size, style.stroke))
        else:
            name = gradient if each.ink == "gradient" else ""
            parts.append(_text(each, middle, at + each.height / 2, style.ink, theme, name))
        at += each.height
    for cells in box.cells:
        drawn = _cells(cells, middle, at, style.ink, theme)
        parts.append(f"<g{gradient}>{drawn}</g>" if gradient and cells.label.ink == "gradient" else drawn)
        at += cells.height
    return "".join(parts)


def _cells(cells: Cells, x: float, y: float, ink: str, theme: Theme) -> str:
    """A word and its cells below ``y``, centred on ``x``; cells of one colour are one path."""
    left = x - cells.width / 2
    label = ""
    if cells.label.plain:
        label = _text(cells.label, left + cells.label.width / 2, y + cells.height / 2, ink, theme)
        left += cells.label_width
    w, h = cells.size
    top = y + (cells.height - h * len(cells.rows)) / 2
    squares: dict[str, list[str]] = {}
    for n, row in enumerate(cells.rows):
        for m, colour in enumerate(row):
            squares.setdefault(colour, []).append(f"M{_n(left + m * w)} {_n(top + n * h)}h{w}v{h}h{-w}z")
    squares.pop("", None)
    return label + "".join(f'<path d="{"".join(each)}" fill="{colour}"/>' for colour, each in squares.items())


def _badge(badge: Badge, left: float, height: float, theme: Theme) -> str:
    style = badge.style
    rect = (
        f'<rect x="{_n(left)}" y="{_n(-height / 2)}" width="{_n(badge.width)}" height="{_n(height)}"'
        f' fill="{style.fill}" stroke="{style.stroke}" stroke-width="{_n(min(style.width, 1.2))}"/>'
    )
    return rect + _text(badge.line, left + badge.width / 2, 0.0, style.ink, theme)


def _scissors(x: float, y: float, size: float, colour: str) -> str:
    """A pair of scissors, drawn: no font is needed."""
    s = size / 15
    return (
        f'<g transform="translate({_n(x)} {_n(y)}) scale({s:.2f})" fill="none" stroke="{colour}" stroke-width="1.6"'
        ' stroke-linecap="round"><circle cx="-6" cy="-3.6" r="2.6"/><circle cx="-6" cy="3.6" r="2.6"/>'
        '<path d="M-3.8 -2.2 L8 4 M-3.8 2.2 L8 -4"/></g>'
    )


def _text(line: Line, x: float, y: float, ink: str, theme: Theme, name: str = "") -> str:
    """A line whose middle lies at (x, y), each shifted run with its own baseline."""
    colour = theme.inks.get(line.ink, ink)
    spans = []
    before: Shift = ""
    for text, bold, italic, shift in line.runs:
        attributes = _attributes(bold, italic, shift, before, line.size)
        spans.append(f"<tspan{attributes}>{_escaped(text)}</tspan>" if attributes else _escaped(text))
        before = shift
    return (
        f'<text{name} x="{_n(x)}" y="{_n(y + line.size * 0.35)}" font-size="{_n(line.size)}" fill="{colour}">'
        f"{''.join(spans)}</text>"
    )


@lru_cache(maxsize=1024)
def _attributes(bold: bool, italic: bool, shift: Shift, before: Shift, size: float) -> str:
    """What sets a run apart on a line of a size, behind one that is shifted as ``before`` says."""
    attributes = ' font-weight="bold"' * bold + ' font-style="italic"' * italic
    if shift:
        attributes += f' font-size="{_n(size * SHIFTED)}"'
    down = size * _BASELINE[shift] - size * _BASELINE[before]
    return attributes + (f' dy="{_n(down)}"' if shift != before else "")
