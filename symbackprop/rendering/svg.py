"""A drawing as SVG: inside a page, where it takes its colours from there, or as a file of its own with font and colours."""

from __future__ import annotations

import hashlib
import html

from ..document.drawing import POINT, SMALL_SIZE, Dot, Label, Line, Point, Shape
from ..document.model import Figure
from . import templates
from .svg_math import Unsettable, tspans

SCALE = 4.0  # SVG units a millimetre
_HEAD, _HALF = 1.9, 0.62  # of an arrow, in millimetres
_MARGIN = 0.5
_LEGIBLE, _WIDEST = 10.0, 800.0  # pixels: of the smallest label on a screen, and of the lines of a wide page


def svg(figure: Figure, width: float, alone: bool = False) -> str:
    """A figure in so many millimetres; ``alone`` with everything it needs: its own colours, and its own font."""
    drawing = figure.picture.drawing(width)
    body = "".join(
        (
            *(_mark(mark, drawing.height) for mark in drawing.marks if not isinstance(mark, Label)),
            *(_paper(label, drawing.height) for label in drawing.labels if label.on_line),
            *(_label(label, drawing.height) for label in drawing.labels),
        )
    )
    wide, high = ((side + 2 * _MARGIN) * SCALE for side in (drawing.width, drawing.height))
    # The same figure has the same names wherever it stands.
    own = "sb" + hashlib.sha256(f"{figure.title}{figure.description}{body}".encode()).hexdigest()[:10]
    title, description = html.escape(figure.title), html.escape(figure.description)
    style = f"<style>{style_sheet()}</style>" if alone else ""
    # On a phone the figure gets smaller, as long as it can be read, and is then scrolled inside its box.
    smallest = min((mark.size for mark in drawing.marks if isinstance(mark, Label)), default=SMALL_SIZE) * POINT * SCALE
    least = min(wide * _LEGIBLE / smallest, max(wide, _WIDEST))
    size = f'style="max-width:{max(wide, least):.0f}px;min-width:{least:.0f}px"'
    if alone:
        size = f'width="{drawing.width + 2 * _MARGIN:.1f}mm" height="{drawing.height + 2 * _MARGIN:.1f}mm"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" role="img" aria-labelledby="{own}-t {own}-d" '
        f'viewBox="{-_MARGIN * SCALE:.1f} {-_MARGIN * SCALE:.1f} {wide:.1f} {high:.1f}" {size}>'
        f'<title id="{own}-t">{title}</title><desc id="{own}-d">{description}</desc>{style}{body}</svg>'
    )


def style_sheet() -> str:
    """Colours for light and dark, and the font of mathematics."""
    return templates.fill("svg/alone.css", font=templates.base64_file("fonts/stix-two-math.woff2"))


def _mark(mark: Line | Shape | Dot, height: float) -> str:
    match mark:
        case Line():
            return _line(mark, height)
        case Shape():
            x, y = mark.x * SCALE, (height - mark.y) * SCALE
            colours = 'fill="#fff" stroke="currentColor"'
            half_width, half_height = mark.half_width * SCALE, mark.half_height * SCALE
            if abs(half_width - half_height) < 1e-9:
                return f'<circle class="{mark.kind}" {colours} cx="{x:.1f}" cy="{y:.1f}" r="{half_width:.1f}"/>'
            place = (
                f'x="{x - half_width:.1f}" y="{y - half_height:.1f}" width="{2 * half_width:.1f}" height="{2 * half_height:.1f}"'
            )
            return f'<rect class="{mark.kind}" {colours} {place} rx="{half_height * 0.55:.1f}"/>'
        case Dot():
            x, y = mark.x * SCALE, (height - mark.y) * SCALE
            return f'<circle class="dot {mark.role}" cx="{x:.1f}" cy="{y:.1f}" r="{0.65 * SCALE:.1f}"/>'


def _line(mark: Line, height: float) -> str:
    points = list(mark.points)
    head = ""
    if mark.arrow:
        (x, y), (before_x, before_y) = points[-1], points[-2]
        length = ((x - before_x) ** 2 + (y - before_y) ** 2) ** 0.5 or 1.0
        across, up = (x - before_x) / length, (y - before_y) / length
        foot = (x - across * _HEAD, y - up * _HEAD)
        corners = [(x, y), (foot[0] - up * _HALF, foot[1] + across * _HALF), (foot[0] + up * _HALF, foot[1] - across * _HALF)]
        head = f'<polygon class="head {mark.role}" points="{" ".join(_at(own, height) for own in corners)}"/>'
        points[-1] = (x - across * _HEAD * 0.8, y - up * _HEAD * 0.8)
    first, *rest = (_at(point, height) for point in points)
    steps = f"C{' '.join(rest)}" if mark.curved else f"L{' '.join(rest)}"
    return f'<path class="line {mark.style} {mark.role}" fill="none" stroke="currentColor" d="M{first} {steps}"/>{head}'


def _at(point: Point, height: float) -> str:
    return f"{point[0] * SCALE:.1f},{(height - point[1]) * SCALE:.1f}"


def _label(mark: Label, height: float) -> str:
    size = mark.size * POINT * SCALE
    try:
        inner = tspans(mark.lettering.text, size) if mark.lettering.is_math else html.escape(mark.lettering.text)
    except Unsettable:
        inner = html.escape(mark.lettering.plain)  # the same in the letters of the equation language
    kind = "math" if mark.lettering.is_math else "words"
    classes = f"{kind} {mark.role}".strip()
    x, y = f"{mark.foot[0] * SCALE:.1f}", f"{(height - mark.foot[1]) * SCALE:.1f}"
    place = f'x="{x}" y="{y}"' + (f' transform="rotate({-mark.angle:.1f} {x} {y})"' if mark.angle else "")
    return f'<text class="{classes}" {place} text-anchor="{mark.anchor}" font-size="{size:.2f}">{inner}</text>'


def _paper(mark: Label, height: float) -> str:
    """What hides the line behind a label."""
    level, turn = mark.level, ""
    if mark.angle:
        turn = f' transform="rotate({-mark.angle:.1f} {mark.x * SCALE:.1f} {(height - mark.y) * SCALE:.1f})"'
    x, y = (level.left - 0.2) * SCALE, (height - level.top) * SCALE
    size = f'width="{(level.right - level.left + 0.4) * SCALE:.1f}" height="{(level.top - level.bottom) * SCALE:.1f}"'
    return f'<rect class="paper" fill="#fff" x="{x:.1f}" y="{y:.1f}" {size}{turn}/>'
