"""Equations into lines that fit a width.

A step of an equality starts a new line when it does not fit behind the one before. A step that is
wider than a whole line is broken between its pieces, at the places that cost least: few lines,
breaks outside parentheses before breaks inside, sums before products.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from .arraytex import length_tex
from .boxes import RELATION, Box, Piece, symbol_width
from .mathtex import Printer
from .model import Equation

QUAD = 1.0
_INSIDE = 0.9  # what a break costs for each parenthesis around it, in lines
_PRODUCT = 0.4  # what a break between factors costs more than one between terms
_SLACK = 0.4  # what an empty line's end costs

SIGNS = {"=": "= ", "≈": r"\approx ", "≤": r"\le ", "→": r"\to ", "←": r"\leftarrow "}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: TeX to the left and right of the alignment mark."""

    left: str
    right: str


def lines(equation: Equation, printer: Printer, width: float, left_width: float = 0.0) -> list[Line]:
    """The lines of an equation in ``width`` em; ``left_width`` is the widest left side of its group."""
    left = _left(equation, printer)
    room = width - max(left_width, left.width)
    found: list[Line] = []
    current, used = "", 0.0
    for number, (sign, tree) in enumerate(equation.steps, 1):
        box = (printer.with_shapes if number == equation.shaped else printer).box(tree)
        needed = RELATION + box.width
        if current and used + needed <= room:
            current, used = f"{current} {SIGNS[sign]}{box.tex}", used + needed
            continue
        if current:
            found.append(_line(left, current, first=not found))
        if needed <= room:
            current, used = f"{SIGNS[sign]}{box.tex}", needed
            continue
        *broken, (current, used) = _broken(box, SIGNS[sign], room)
        for tex, _ in broken:
            found.append(_line(left, tex, first=not found))
    ranges, ranges_width = _ranges(equation)
    if ranges and used + 2 * QUAD + ranges_width > room:
        found.append(_line(left, current, first=not found))
        current = ""
    found.append(_line(left, rf"{current} \qquad {ranges}".lstrip() if ranges else current, first=not found))
    return found


def _left(equation: Equation, printer: Printer) -> Box:
    return (printer.with_shapes if equation.shaped else printer).box(equation.left)


def _ranges(equation: Equation) -> tuple[str, float]:
    """``j = 1, …, 3; k = 1, 2``, for which the equation holds, with its width."""
    parts, width = [], 0.0
    for letter, last in equation.ranges:
        tex = length_tex(last)
        between = "" if last == 1 else ", " if last == 2 else r", \dots, "
        parts.append(f"{letter} = 1" + (between + tex if last != 1 else ""))
        width += symbol_width(letter) + RELATION + 0.5 + (2.5 if len(between) > 2 else 0.5) + symbol_width(tex)
    return r",\; ".join(parts), width + 0.8 * (len(parts) - 1)


def _line(left: Box, tex: str, first: bool) -> Line:
    return Line(left.tex if first else "", tex)


def _broken(box: Box, sign: str, room: float) -> list[tuple[str, float]]:
    """A step over several lines, each with its width; the first begins with the relation."""
    pieces = box.pieces
    count = len(pieces)
    room -= RELATION
    infinite = float("inf")
    cost = [infinite] * (count + 1)
    best = [0] * (count + 1)
    cost[0] = 0.0
    for start in range(count):
        if cost[start] == infinite or (start and not pieces[start].kind):
            continue
        used = pieces[start].width + (_indent(pieces[start]) + pieces[start].lead_width if start else 0.0)
        for end in range(start + 1, count + 1):
            too_wide = used > room
            if end == count or pieces[end].kind:
                slack = max(0.0, (room - used) / room) if end < count else 0.0
                price = 1 + _SLACK * slack * slack + 1e4 * max(0.0, used - room)
                if end < count:
                    price += _INSIDE * pieces[end].depth + (_PRODUCT if pieces[end].kind == "product" else 0.0)
                if cost[start] + price < cost[end]:
                    cost[end], best[end] = cost[start] + price, start
                if too_wide:
                    break
            if end < count:
                used += pieces[end].join_width + pieces[end].width
    cuts = [count]
    while cuts[-1]:
        cuts.append(best[cuts[-1]])
    cuts.reverse()
    found = []
    for start, end in pairwise(cuts):
        first, *rest = pieces[start:end]
        body = first.tex + "".join(piece.join + piece.tex for piece in rest)
        used = first.width + sum(piece.join_width + piece.width for piece in rest)
        if start:
            indent = _indent(first)
            body = rf"\mspace{{{round(18 * indent)}mu}}{first.lead}{body}"
            used += indent + first.lead_width
        else:
            body = sign + body
        found.append((body, used + RELATION))
    return found


def _indent(piece: Piece) -> float:
    return QUAD * (1 + piece.depth)


def pack(equations: tuple[Equation, ...], printer: Printer, width: float) -> list[list[Line]]:
    """The lines of equations that stand side by side, as many in a line as fit."""
    found: list[list[Line]] = []
    current, used = "", 0.0
    for equation in equations:
        left = printer.box(equation.left)
        boxes = [(sign, printer.box(tree)) for sign, tree in equation.steps]
        tex = left.tex + "".join(f" {SIGNS[sign]}{box.tex}" for sign, box in boxes)
        needed = left.width + sum(RELATION + box.width for _, box in boxes)
        if current and used + 2 * QUAD + needed > width:
            found.append([Line("", current)])
            current, used = "", 0.0
        current, used = (rf"{current} \qquad {tex}", used + 2 * QUAD + needed) if current else (tex, needed)
    return [*found, [Line("", current)]]


def group(equations: tuple[Equation, ...], printer: Printer, width: float) -> list[list[Line]]:
    """The lines of equations that stand under one another, aligned at the relation."""
    shared = max((_left(equation, printer).width for equation in equations), default=0.0)
    return [lines(equation, printer, width, shared) for equation in equations]
