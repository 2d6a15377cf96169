"""A plot as TikZ or SVG: one layout of lines, dots and labels, spelled in two ways.

Sizes that span more than one and a half powers of ten are drawn on a logarithmic scale.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..document.model import Plot

_WIDTH, _HEIGHT = 100.0, 45.0  # millimetres of the area of the curve
_LOGARITHMIC = 30.0  # largest over smallest size from which the scale is logarithmic
_MOST_LABELS = 12  # along the horizontal axis
_UNIT = 3.2  # SVG units a millimetre


@dataclass(frozen=True, slots=True)
class Line:
    points: tuple[tuple[float, float], ...]
    is_curve: bool


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Label:
    """``text`` at a place: below an axis, or left of one. ``exponent`` is of ten, where the label is a power."""

    x: float
    y: float
    text: str
    below: bool
    exponent: int | None = None


Mark = Line | Dot | Label


def marks(plot: Plot) -> Iterator[Mark]:
    """The plot in millimetres, y upward."""
    sizes = [size for _, size in plot.points]
    positive = [size for size in sizes if size > 0]
    logarithmic = bool(positive) and len(positive) == len(sizes) and max(positive) / min(positive) > _LOGARITHMIC
    ticks = _powers(min(positive), max(positive)) if logarithmic else _steps(max(sizes, default=0.0))
    low, high = ticks[0][0], ticks[-1][0]

    def height(size: float) -> float:
        own = math.log10(size) if logarithmic else size
        return _HEIGHT * (own - low) / (high - low)

    gap = _WIDTH / max(len(plot.points), 1)
    yield Line(((0, 0), (_WIDTH, 0)), False)
    yield Line(((0, 0), (0, _HEIGHT)), False)
    for place, text, exponent in ticks:
        y = _HEIGHT * (place - low) / (high - low)
        yield Line(((-1.2, y), (0, y)), False)
        yield Label(-2, y, text, False, exponent)
    curve = tuple(((index + 0.5) * gap, height(size)) for index, size in enumerate(sizes))
    every = math.ceil(len(plot.points) / _MOST_LABELS)
    for index, ((x, y), (text, _)) in enumerate(zip(curve, plot.points, strict=True)):
        yield Dot(x, y)
        if index % every == 0:
            yield Line(((x, 0), (x, -1.2)), False)
            yield Label(x, -2, text, True)
    yield Line(curve, True)


def _powers(smallest: float, largest: float) -> list[tuple[float, str, int | None]]:
    """Ticks at powers of ten around the sizes, no more than eight."""
    low, high = math.floor(math.log10(smallest)), math.ceil(math.log10(largest))
    every = max(1, math.ceil((high - low) / 7))
    return [(float(power), "10", power) for power in range(low, high + every, every)]


def _steps(largest: float) -> list[tuple[float, str, int | None]]:
    """Round ticks from zero."""
    if largest <= 0:
        return [(0.0, "0", None), (1.0, "1", None)]
    rough = largest / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return [(step * index, f"{step * index:.3g}", None) for index in range(math.ceil(largest / step) + 1)]


def tikz(plot: Plot) -> str:
    """The plot as the body of a ``tikzpicture`` in millimetres."""
    lines = []
    for mark in marks(plot):
        match mark:
            case Line():
                style = "semithick, sbvalue" if mark.is_curve else "thin"
                lines.append(rf"\draw[{style}] {' -- '.join(f'({x:.2f},{y:.2f})' for x, y in mark.points)};")
            case Dot():
                lines.append(rf"\fill[sbvalue] ({mark.x:.2f},{mark.y:.2f}) circle (0.7);")
            case Label():
                text = mark.text if mark.exponent is None else f"$10^{{{mark.exponent}}}$"
                anchor = "north" if mark.below else "east"
                style = rf"anchor={anchor}, inner sep=0pt, font=\footnotesize"
                lines.append(rf"\node[{style}] at ({mark.x:.2f},{mark.y:.2f}) {{{text}}};")
    return "\n".join(lines)


def svg(plot: Plot) -> str:
    """The plot as an SVG element that takes its colours from the page."""
    left, top = 14.0, 4.0
    width, height = _WIDTH + left + 4, _HEIGHT + top + 8

    def at(x: float, y: float) -> tuple[str, str]:
        return f"{(left + x) * _UNIT:.1f}", f"{(top + _HEIGHT - y) * _UNIT:.1f}"

    parts = [
        f'<svg class="plot" role="img" viewBox="0 0 {width * _UNIT:.0f} {height * _UNIT:.0f}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{html.escape(plot.title)}</title><desc>{html.escape(plot.description)}</desc>",
    ]
    for mark in marks(plot):
        match mark:
            case Line():
                points = " ".join(",".join(at(x, y)) for x, y in mark.points)
                parts.append(f'<polyline class="{"curve" if mark.is_curve else "axis"}" points="{points}"/>')
            case Dot():
                x, y = at(mark.x, mark.y)
                parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="2.6"/>')
            case Label():
                x, y = at(mark.x, mark.y)
                raised = "" if mark.exponent is None else f'<tspan dy="-4" font-size="8">{mark.exponent}</tspan>'
                anchor = ' text-anchor="middle" dy="1em"' if mark.below else ' text-anchor="end" dy="0.35em"'
                parts.append(f'<text x="{x}" y="{y}"{anchor}>{html.escape(mark.text)}{raised}</text>')
    return "".join((*parts, "</svg>"))
