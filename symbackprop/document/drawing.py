"""A drawing: lines, shapes, dots and labels in millimetres, which every format prints the same way.

The y axis points upward. Labels are mathematics, as TeX in the page's own symbols, or words; their widths are known, so that a
layout can keep them apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from ..tree import Name, Tree
from .boxes import SIGNS, Dialect
from .mathtex import Printer
from .notation import Notation
from .readable import readable

POINT = 0.3515  # millimetres
BASELINE = 0.26  # of the size of a label, from its middle down to its baseline
# Of the size, from the baseline: letters with a hat and a lower index; an upper index, above a lower one, a dot, a fraction.
_ASCENT, _DESCENT, _DIGITS_DESCENT = 0.75, 0.32, 0.04
_RAISED, _STACKED, _ACCENT, _FRACTION, _FENCE = 0.9, 1.06, 0.96, (0.92, 0.4), (1.06, 0.56)
TEXT_SIZE, SMALL_SIZE = 9.0, 7.5  # points: what stands in nodes, what stands beside them

# Computer Modern has a face of its own for each of these sizes: (from so many points, width of its letters).
_SMALL_FACES = ((9.5, 1.0), (8.5, 1.03), (7.5, 1.063), (6.5, 1.14), (5.5, 1.223), (0.0, 1.362))

_EVEN, _INDICES = 9.5, 0.24  # from so many points letters keep their proportions; what indices gain two points below
_INDEX = re.compile(r"[_^](\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|.)")
_STACK = re.compile(r"(?=[_^](\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|.)[_^])")
_DIGITS = re.compile(r"[-\d.]*")  # letters without a descender

Point = tuple[float, float]
# No colours inside a label: its whole has the colour of a role.
PLAIN = Dialect(lambda role, body: body, lambda body, label: body)


@dataclass(frozen=True, slots=True)
class Lettering:
    """What a label says: TeX of mathematics or words, its width in em, and the same to be read out."""

    text: str
    width: float
    plain: str
    is_math: bool = True

    def width_at(self, size: float) -> float:
        """The width in millimetres in letters of so many points; small letters, and indices above all, are wide for their size."""
        return self.width * size * POINT * _stretch(self.text, self.is_math, size)


@lru_cache(4096)
def _stretch(text: str, is_math: bool, size: float) -> float:
    """How much wider letters of so many points are than their size says."""
    stretch = next((share for least, share in _SMALL_FACES if size >= least), _SMALL_FACES[-1][1])
    letters = len(re.sub(r"\\[A-Za-z]+|\\.", "x", re.sub(r"[\s{}_^]", "", text))) or 1
    inner = sum(len(re.sub(r"\\math[a-z]+|[{}]", "", index)) for index in _INDEX.findall(text)) if is_math else 0
    indices = _INDICES * min(1.0, inner / letters) * min(1.0, max(0.0, _EVEN - size) / 2)
    return stretch * (1.0 + indices)


@lru_cache(4096)
def _reach(text: str) -> tuple[float, float]:
    """How far letters reach above and below their baseline, as shares of their size."""
    ascent = _STACKED if _STACK.search(text) else _RAISED if "^" in text else _ASCENT
    if r"\dot" in text or re.search(r"\\(hat|tilde|bar)\{[^a-z]", text):
        ascent = max(ascent, _ACCENT)
    descent = _DIGITS_DESCENT if _DIGITS.fullmatch(text) else _DESCENT
    tall = _FENCE if r"\Big" in text else _FRACTION if "frac" in text else (0.0, 0.0)
    return max(ascent, tall[0]), max(descent, tall[1])


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; where ``curved``, each three points after the first are two control points and an end."""

    points: tuple[Point, ...]
    role: str = ""  # "", "value", "gradient", "cached", or "quiet"
    style: str = "normal"  # "normal", "hair", "thick" or "dashed"
    arrow: bool = False
    curved: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A circle, or where it is wider than high a box with round ends. ``kind`` chooses its filling."""

    x: float
    y: float
    half_width: float
    half_height: float
    kind: str = "unit"


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    role: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """Letters whose middle is at a height y, and at x their ``anchor``: start, middle or end. ``size`` is in points.

    They are turned about this place by ``angle`` degrees.
    """

    x: float
    y: float
    lettering: Lettering
    size: float = SMALL_SIZE
    role: str = ""
    anchor: str = "middle"
    on_line: bool = False  # it interrupts the line that it stands on
    angle: float = 0.0

    @property
    def width(self) -> float:
        return self.lettering.width_at(self.size)

    @property
    def foot(self) -> Point:
        """The anchor on the baseline."""
        down = BASELINE * self.size * POINT
        turn = math.radians(self.angle)
        return self.x + math.sin(turn) * down, self.y - math.cos(turn) * down

    @property
    def level(self) -> Box:
        """The box of the letters as long as they are not turned."""
        left = self.x - self.width * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        em = self.size * POINT
        ascent, descent = _reach(self.lettering.text) if self.lettering.is_math else (_ASCENT, _DESCENT)
        baseline = self.y - BASELINE * em
        return Box(left, baseline - descent * em, left + self.width, baseline + ascent * em)

    @property
    def area(self) -> Area:
        return Area(tuple(turned(corner, (self.x, self.y), self.angle) for corner in self.level.corners))

    @property
    def box(self) -> Box:
        return self.area.box if self.angle else self.level


Mark = Line | Shape | Dot | Label


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box, gap: float = 0.0) -> bool:
        """Whether two boxes come nearer to each other than ``gap``."""
        apart = self.right + gap <= other.left or other.right + gap <= self.left
        return not (apart or self.top + gap <= other.bottom or other.top + gap <= self.bottom)

    def with_box(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.left, other.left), min(self.bottom, other.bottom), max(self.right, other.right), max(self.top, other.top)
        )

    @property
    def corners(self) -> tuple[Point, ...]:
        return (self.left, self.bottom), (self.right, self.bottom), (self.right, self.top), (self.left, self.top)

    @property
    def area(self) -> Area:
        return Area(self.corners)


class Area:
    """A convex polygon: a turned box, or a line."""

    def __init__(self, corners: tuple[Point, ...]) -> None:
        self.corners = corners
        across, upward = zip(*corners, strict=True)
        self.box = Box(min(across), min(upward), max(across), max(upward))

    def meets(self, other: Area, gap: float = 0.0) -> bool:
        """Whether two areas come nearer than ``gap``: no line parallel to a side of one separates them."""
        if not self.box.meets(other.box, gap):
            return False
        for corners in (self.corners, other.corners):
            for first, last in zip(corners, (*corners[1:], corners[0]), strict=True):
                across, up = last[1] - first[1], first[0] - last[0]
                length = math.hypot(across, up)
                if not length:
                    continue
                own = [x * across + y * up for x, y in self.corners]
                its = [x * across + y * up for x, y in other.corners]
                room = gap * length
                if max(own) + room <= min(its) or max(its) + room <= min(own):
                    return False
        return True


def turned(point: Point, about: Point, angle: float) -> Point:
    """A point turned by so many degrees, against the clock."""
    turn = math.radians(angle)
    x, y = point[0] - about[0], point[1] - about[1]
    return about[0] + x * math.cos(turn) - y * math.sin(turn), about[1] + x * math.sin(turn) + y * math.cos(turn)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Marks inside the rectangle from (0, 0) to (width, height)."""

    width: float
    height: float
    marks: tuple[Mark, ...]

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels, which stand above all else: what is white behind one hides no letters of another."""
        return tuple(mark for mark in self.marks if isinstance(mark, Label))


class Picture(Protocol):
    """What can be drawn into a width of so many millimetres."""

    def drawing(self, width: float) -> Drawing: ...


def bounds(mark: Mark) -> Box:
    """The smallest box around a mark; of a curve that around its control points."""
    match mark:
        case Label():
            return mark.box
        case Shape():
            return Box(mark.x - mark.half_width, mark.y - mark.half_height, mark.x + mark.half_width, mark.y + mark.half_height)
        case Dot():
            return Box(mark.x - 0.7, mark.y - 0.7, mark.x + 0.7, mark.y + 0.7)
        case Line():
            across, upward = zip(*mark.points, strict=True)
            return Box(min(across), min(upward), max(across), max(upward))


def fitted(marks: Iterable[Mark]) -> Drawing:
    """The marks moved so that the smallest rectangle around them begins at (0, 0)."""
    own = tuple(marks)
    boxes = [bounds(mark) for mark in own]
    left, bottom = min(box.left for box in boxes), min(box.bottom for box in boxes)
    width, height = max(box.right for box in boxes) - left, max(box.top for box in boxes) - bottom
    return Drawing(width, height, tuple(moved(mark, -left, -bottom) for mark in own))


def moved(mark: Mark, right: float, up: float) -> Mark:
    """The mark at another place."""
    if isinstance(mark, Line):
        return replace(mark, points=tuple((x + right, y + up) for x, y in mark.points))
    return replace(mark, x=mark.x + right, y=mark.y + up)


def in_words(text: str) -> Lettering:
    """Words as they are, in the width of an upright face."""
    return Lettering(
        text, sum(0.3 if letter in "ijlt.,:;' 1" else 0.82 if letter in "mwMW" else 0.53 for letter in text), text, False
    )


class Letters:
    """Makes letterings of trees in a notation, as the equations have them."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.printer = Printer(notation, PLAIN, inline=True)

    def symbol(self, name: str) -> Lettering:
        return self.tree(Name(name))

    def tree(self, tree: Tree) -> Lettering:
        box = self.printer.box(tree)
        return Lettering(box.tex, box.width, readable(box.tex))

    def relation(self, left: Tree, sign: str, right: Tree) -> Lettering:
        first, last = self.tree(left), self.tree(right)
        return Lettering(
            f"{first.text} {SIGNS[sign]}{last.text}", first.width + last.width + 1.34, f"{first.plain} {sign} {last.plain}"
        )
