"""SVG, written by ourselves: a picture appears with no package of the system."""

from __future__ import annotations

from html import escape

from .route import along, rounded, simplified
from .scene import Badge, Box, Cells, Frame, Path, Scene
from .text import SHIFTED, Line
from .theme import FALLBACKS, Theme

_HEAD = 7.0  # length of an arrow head for a thin line


def to_svg(scene: Scene) -> str:
    """The scene as an SVG document."""
    width, height = _n(scene.width), _n(scene.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="{FALLBACKS}" text-anchor="middle" xml:space="preserve" role="img">',
        f"<title>{escape(scene.title or 'What a tape recorded')}</title>",
        f'<rect width="{width}" height="{height}" fill="{scene.theme.background}"/>',
    ]
    parts += [_frame(frame, scene.theme) for frame in scene.frames]
    parts += [_path(path) for path in scene.paths]
    parts += [_box(box, scene.theme) for box in scene.boxes]
    ink = scene.theme.inks["text"]
    parts += [_text(text.line, text.x, text.y, ink, scene.theme) for text in scene.texts]
    parts.append("</svg>\n")
    return "\n".join(parts)


def _n(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text[:-2] if text[-1] == "0" else text


def _frame(frame: Frame, theme: Theme) -> str:
    style = frame.style
    dash = ' stroke-dasharray="5 4"' if style.dashed else ""
    rect = (
        f'<rect x="{_n(frame.left)}" y="{_n(frame.top)}" width="{_n(frame.right - frame.left)}"'
        f' height="{_n(frame.bottom - frame.top)}" rx="12" fill="{style.fill}" stroke="{style.stroke}"'
        f' stroke-width="{_n(style.width)}"{dash}/>'
    )
    return rect + (_text(frame.caption, *frame.caption_at, style.ink, theme) if frame.caption else "")


def _path(path: Path) -> str:
    stroke = path.stroke
    points = simplified(path.points)
    tip, head = points[-1], ""
    if path.arrow:
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
    drawn = f'<path d="{d}" fill="none" stroke="{stroke.colour}" stroke-width="{_n(stroke.width)}"{dash}/>{head}'
    if not (path.source or path.target):
        return drawn
    return f'<g class="edge" data-source="{path.source}" data-target="{path.target}">{drawn}</g>'


def _box(box: Box, theme: Theme) -> str:
    parts = [f'<g id="{box.name}">' if not box.name.startswith("legend") else "<g>"]
    if box.tooltip:
        parts.append(f"<title>{escape(box.tooltip)}</title>")
    style = box.style
    dash = ' stroke-dasharray="4 3"' if style.dashed else ""
    paint = f'fill="{style.fill}" stroke="{style.stroke}" stroke-width="{_n(style.width)}"{dash}'
    x, y, w, h, head = box.x, box.y, box.width, box.height, box.head_width
    left = box.left + sum(badge.width for badge in box.before)
    middle = left + head / 2
    if box.shape in ("ellipse", "circle"):
        parts.append(f'<ellipse cx="{_n(x)}" cy="{_n(y)}" rx="{_n(w / 2)}" ry="{_n(h / 2)}" {paint}/>')
    else:
        corner = "" if box.shape == "box" else f' rx="{_n(min(9.0, h / 2))}"'
        parts.append(f'<rect x="{_n(left)}" y="{_n(box.top)}" width="{_n(head)}" height="{_n(h)}"{corner} {paint}/>')
    cursor = box.left
    for badge in box.before:
        parts.append(_badge(badge, cursor, box, theme))
        cursor += badge.width
    cursor += head
    for badge in box.badges:
        parts.append(_badge(badge, cursor, box, theme))
        cursor += badge.width
    at = y - box.content_height / 2
    for each in box.lines:
        if box.shape == "scissors" and not each.runs[0].text:
            parts.append(_scissors(x, at + each.height / 2, each.size, style.stroke))
        else:
            parts.append(_text(each, middle, at + each.height / 2, style.ink, theme))
        at += each.height
    for cells in box.cells:
        parts.append(_cells(cells, middle, at, style.ink, theme))
        at += cells.height
    parts.append("</g>")
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


def _badge(badge: Badge, left: float, box: Box, theme: Theme) -> str:
    style = badge.style
    rect = (
        f'<rect x="{_n(left)}" y="{_n(box.top)}" width="{_n(badge.width)}" height="{_n(box.height)}"'
        f' fill="{style.fill}" stroke="{style.stroke}" stroke-width="{_n(min(style.width, 1.2))}"/>'
    )
    return rect + _text(badge.line, left + badge.width / 2, box.y, style.ink, theme)


def _scissors(x: float, y: float, size: float, colour: str) -> str:
    """A pair of scissors, drawn: no font is needed."""
    s = size / 15
    return (
        f'<g transform="translate({_n(x)} {_n(y)}) scale({s:.2f})" fill="none" stroke="{colour}" stroke-width="1.6"'
        ' stroke-linecap="round"><circle cx="-6" cy="-3.6" r="2.6"/><circle cx="-6" cy="3.6" r="2.6"/>'
        '<path d="M-3.8 -2.2 L8 4 M-3.8 2.2 L8 -4"/></g>'
    )


def _text(line: Line, x: float, y: float, ink: str, theme: Theme) -> str:
    """A line whose middle lies at (x, y), each shifted run with its own baseline."""
    colour = theme.inks.get(line.ink, ink)
    spans = []
    baseline = 0.0
    for run in line.runs:
        attributes = ""
        if run.bold:
            attributes += ' font-weight="bold"'
        if run.italic:
            attributes += ' font-style="italic"'
        if run.shift:
            attributes += f' font-size="{_n(line.size * SHIFTED)}"'
        wanted = {"": 0.0, "sub": line.size * 0.24, "sup": -line.size * 0.36}[run.shift]
        if wanted != baseline:
            attributes += f' dy="{_n(wanted - baseline)}"'
            baseline = wanted
        text = escape(run.text)
        spans.append(f"<tspan{attributes}>{text}</tspan>" if attributes else text)
    return (
        f'<text x="{_n(x)}" y="{_n(y + line.size * 0.35)}" font-size="{_n(line.size)}" fill="{colour}">'
        f"{''.join(spans)}</text>"
    )
