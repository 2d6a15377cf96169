"""A drawing as TikZ: plain \\draw and \\node, in millimetres."""

from __future__ import annotations

from ..document.drawing import Dot, Drawing, Label, Line, Shape
from .escape import escape_latex

_STYLES = {
    "normal": "line width=0.5pt",
    "hair": "line width=0.25pt",
    "thick": "line width=0.9pt",
    "dashed": "line width=0.5pt, dashed",
}
_COLOURS = {"": "", "quiet": "black!45", "value": "sbvalue", "gradient": "sbgradient", "cached": "sbcached"}
_FILLS = {
    "given": "draw=black!60, fill=white",
    "unit": "draw=black!75, fill=black!5",
    "output": "draw=black!75, fill=sbvalue!12",
    "loss": "draw=black!75, fill=sbgradient!10",
    "operation": "draw=black!75, fill=black!5",
}


def tikz(drawing: Drawing) -> str:
    """The drawing as the body of a ``tikzpicture`` with x=1mm, y=1mm."""
    lines = [rf"\path[use as bounding box] (0,0) rectangle {_at(drawing.width, drawing.height)};"]
    for mark in drawing.marks:
        match mark:
            case Line():
                lines.append(_line(mark))
            case Shape():
                lines.append(_shape(mark))
            case Dot():
                lines.append(rf"\fill[{_COLOURS[mark.role] or 'black'}] {_at(mark.x, mark.y)} circle[radius=0.7];")
    lines.extend(_paper(label) for label in drawing.labels if label.on_line)
    lines.extend(map(_label, drawing.labels))
    return "\n".join(lines)


def _at(x: float, y: float) -> str:
    return f"({x:.2f},{y:.2f})".replace("-0.00", "0.00")


def _line(mark: Line) -> str:
    options = [_STYLES[mark.style]]
    if _COLOURS[mark.role]:
        options.append(_COLOURS[mark.role])
    if mark.arrow:
        options.append("-stealth")
    first, *rest = [_at(x, y) for x, y in mark.points]
    if mark.curved:
        steps = [f"{first}", *(f".. controls {a} and {b} .. {c}" for a, b, c in zip(*[iter(rest)] * 3, strict=True))]
        path = " ".join(steps)
    else:
        path = " -- ".join([first, *rest])
    return rf"\draw[{', '.join(options)}] {path};"


def _shape(mark: Shape) -> str:
    if abs(mark.half_width - mark.half_height) < 1e-9:
        return rf"\draw[{_FILLS[mark.kind]}] {_at(mark.x, mark.y)} circle[radius={mark.half_width:.2f}];"
    corner = _at(mark.x - mark.half_width, mark.y - mark.half_height)
    other = _at(mark.x + mark.half_width, mark.y + mark.half_height)
    return rf"\draw[{_FILLS[mark.kind]}, rounded corners={mark.half_height * 0.55:.2f}mm] {corner} rectangle {other};"


def _paper(mark: Label) -> str:
    """What hides the line behind a label."""
    return rf"\fill[white] {' -- '.join(_at(x, y) for x, y in mark.area.corners)} -- cycle;"


def _label(mark: Label) -> str:
    anchor = {"start": "base west", "middle": "base", "end": "base east"}[mark.anchor]
    options = [f"anchor={anchor}", "inner sep=0pt", rf"font=\fontsize{{{mark.size:.1f}}}{{{mark.size * 1.2:.1f}}}\selectfont"]
    if _COLOURS[mark.role]:
        options.append(f"text={_COLOURS[mark.role]}")
    if mark.angle:
        options.append(f"rotate={mark.angle:.1f}")
    text = f"${mark.lettering.text}$" if mark.lettering.is_math else escape_latex(mark.lettering.text)
    return rf"\node[{', '.join(options)}] at {_at(*mark.foot)} {{{text}}};"
