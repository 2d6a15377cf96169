"""Curves over two axes, each with a linear or a logarithmic scale; several such panels side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..drawing import POINT, SMALL_SIZE, Dot, Drawing, Label, Lettering, Line, Mark, Point, fitted, moved
from ..readable import readable

LOGARITHMIC = 30.0  # largest over smallest size from which a scale is logarithmic
_MOST_TICKS = 8
_WIDEST, _HIGHEST = 96.0, 52.0  # millimetres of the area of the curves
_LEAST, _LOW = 30.0, 34.0
_TICK = 1.1
_BETWEEN = 9.0
_MOST_ROWS = 4  # of panels on one page


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points, with dots where there are few; ``label`` stands at its right end, or ``inside`` at its middle."""

    points: tuple[Point, ...]
    role: str = "value"
    label: Lettering | None = None
    dots: bool = False
    style: str = "thick"
    inside: str = ""  # the anchor of a label at the middle


@dataclass(frozen=True, slots=True)
class Axes:
    """Curves over one pair of axes. ``ticks`` names places of the horizontal axis; without it they are numbers."""

    curves: tuple[Curve, ...]
    across: Lettering
    upward: Lettering
    ticks: tuple[tuple[float, Lettering], ...] = ()
    logarithmic: tuple[bool, bool] = (False, False)
    marked: tuple[tuple[float, float, str], ...] = ()  # further dots: x, y, role
    decimal: str = "."  # the decimal mark of the ticks

    def drawing(self, width: float) -> Drawing:
        """The axes as wide as the page, and no wider than a curve needs."""
        return self.sized(min(width, _WIDEST + self._beside()), _HIGHEST)

    def with_decimal(self, mark: str) -> Axes:
        """The same with another decimal mark."""
        return replace(self, decimal=mark)

    def sized(self, width: float, height: float) -> Drawing:
        """The axes in a width with all that is beside the area of the curves, which has the height."""
        inner = max(_LEAST, width - self._beside())
        found = fitted(_Panel(self, inner, height).marks())
        # The labels at the ends of an axis reach beyond it.
        return found if found.width <= width else fitted(_Panel(self, inner - (found.width - width), height).marks())

    def _beside(self) -> float:
        """What labels need to the left and right of the area."""
        ends = max((_wide(curve.label) for curve in self.curves if curve.label is not None and not curve.inside), default=0.0)
        ticks = max(_wide(lettering) for _, lettering in _Panel(self, _WIDEST, _HIGHEST).upward_ticks)
        return ticks + 2.5 + max(ends + 1.5, 3.0) + 1.0


def _wide(lettering: Lettering) -> float:
    return Label(0.0, 0.0, lettering).width


@dataclass(frozen=True, slots=True)
class Panels:
    """Several axes in rows."""

    axes: tuple[Axes, ...]

    def with_decimal(self, mark: str) -> Panels:
        return Panels(tuple(axes.with_decimal(mark) for axes in self.axes))

    def drawing(self, width: float) -> Drawing:
        in_row = max(1, min(len(self.axes), int((width + _BETWEEN) // 58.0), 3), math.ceil(len(self.axes) / _MOST_ROWS))
        own = min((width - (in_row - 1) * _BETWEEN) / in_row, 75.0)
        drawings = [axes.sized(own, _LOW) for axes in self.axes]
        marks: list[Mark] = []
        top = 0.0
        for start in range(0, len(drawings), in_row):
            row = drawings[start : start + in_row]
            tall = max(drawing.height for drawing in row)
            for index, drawing in enumerate(row):
                marks.extend(moved(mark, index * (own + _BETWEEN), top - tall) for mark in drawing.marks)
            top -= tall + _BETWEEN
        return fitted(marks)


class _Panel:
    """One pair of axes in an area of so many millimetres."""

    def __init__(self, axes: Axes, width: float, height: float) -> None:
        self.axes, self.width, self.height = axes, width, height
        points = [point for curve in axes.curves for point in curve.points]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        self.across_ticks = list(axes.ticks) or ticks(min(xs), max(xs), axes.logarithmic[0], axes.decimal)
        self.upward_ticks = ticks(min(ys), max(ys), axes.logarithmic[1], axes.decimal)
        self.left, self.right = self._range(xs, self.across_ticks, axes.logarithmic[0], bool(axes.ticks))
        self.low, self.high = self._range(ys, self.upward_ticks, axes.logarithmic[1], False)

    @staticmethod
    def _range(values: list[float], marks: list[tuple[float, Lettering]], logarithmic: bool, named: bool) -> tuple[float, float]:
        low, high = min(*values, marks[0][0], marks[0][0]), max(*values, marks[-1][0], marks[-1][0])
        if logarithmic:
            return math.log10(low), math.log10(high)
        room = 0.5 if named else 0.0
        return low - room, high + room if high > low or named else low + 1

    def at(self, x: float, y: float) -> Point:
        own = math.log10(x) if self.axes.logarithmic[0] else x
        up = math.log10(y) if self.axes.logarithmic[1] else y
        return (
            self.width * (own - self.left) / (self.right - self.left),
            self.height * (up - self.low) / (self.high - self.low or 1.0),
        )

    def marks(self) -> Iterator[Mark]:
        em = SMALL_SIZE * POINT
        yield Line(((0.0, 0.0), (self.width, 0.0)))
        yield Line(((0.0, 0.0), (0.0, self.height)))
        for place, lettering in self.upward_ticks:
            _, y = self.at(self._some_x, place)
            yield Line(((-_TICK, y), (0.0, y)))
            yield Label(-_TICK - 0.6, y, lettering, anchor="end")
        free = -math.inf
        below = max(0.75 * em, *(Label(0.0, 0.4, lettering).level.top for _, lettering in self.across_ticks))
        for place, lettering in self.across_ticks:
            x, _ = self.at(place, self._some_y)
            yield Line(((x, -_TICK), (x, 0.0)))
            label = Label(x, -_TICK - below, lettering)
            if label.box.left > free + 1.0:
                yield label
                free = label.box.right
        if self.axes.across.text:
            yield Label(self.width / 2, -_TICK - below - 1.45 * em, self.axes.across)
        if self.axes.upward.text:
            yield Label(0.0, self.height + 1.1 * em, self.axes.upward, anchor="start")
        for curve in self.axes.curves:
            points = tuple(self.at(x, y) for x, y in curve.points)
            yield Line(points, curve.role, curve.style)
            if curve.dots:
                yield from (Dot(x, y, curve.role) for x, y in points)
        yield from self._ends()
        for x, y, role in self.axes.marked:
            yield Dot(*self.at(x, y), role)

    def _ends(self) -> Iterator[Label]:
        """The labels of the curves: at their middles, or at their right ends, pushed apart where they meet."""
        step = 1.25 * SMALL_SIZE * POINT
        for curve in self.axes.curves:
            if curve.label is not None and curve.inside:
                (x, y), (other, upper) = (self.at(*point) for point in (curve.points[0], curve.points[-1]))
                yield Label(
                    (x + other) / 2 + (1.5 if curve.inside == "start" else -1.5),
                    (y + upper) / 2 + 1.5,
                    curve.label,
                    role=curve.role,
                    anchor=curve.inside,
                )
        named = [
            (self.at(*curve.points[-1])[1], curve) for curve in self.axes.curves if curve.label is not None and not curve.inside
        ]
        free = -math.inf
        for y, curve in sorted(named, key=lambda pair: pair[0]):
            y = max(y, free)
            assert curve.label is not None
            yield Label(self.width + 1.5, y, curve.label, role=curve.role, anchor="start")
            free = y + step

    @property
    def _some_x(self) -> float:
        return self.across_ticks[0][0]

    @property
    def _some_y(self) -> float:
        return self.upward_ticks[0][0]


def ticks(low: float, high: float, logarithmic: bool, decimal: str = ".") -> list[tuple[float, Lettering]]:
    """Round numbers, or powers of ten, around a range."""
    if logarithmic:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        last = max(last, first + 1)
        every = max(1, math.ceil((last - first) / (_MOST_TICKS - 1)))
        return [(10.0**power, power_of_ten(power)) for power in range(first, last + every, every)]
    if high <= low:
        low, high = min(low, 0.0), max(high, 0.0)
        high = high if high > low else low + 1.0
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [(step * index, number_lettering(f"{step * index + 0.0:.3g}", decimal)) for index in range(first, last + 1)]


def power_of_ten(exponent: int) -> Lettering:
    """A power of ten."""
    tex = rf"10^{{{exponent}}}"
    return Lettering(tex, 1.0 + 0.37 * len(str(exponent)) + (0.2 if exponent < 0 else 0), readable(tex))


def number_lettering(text: str, decimal: str = ".") -> Lettering:
    """A decimal number, with a power of ten where it has an exponent."""
    mantissa, _, exponent = text.partition("e")
    width = sum(0.28 if letter == "." else 0.78 if letter == "-" else 0.5 for letter in mantissa)
    tex = mantissa.replace(".", "{,}" if decimal == "," else decimal)
    if exponent:
        tex, width = rf"{tex}\cdot 10^{{{int(exponent)}}}", width + 2.6
    return Lettering(tex, width, readable(tex))
