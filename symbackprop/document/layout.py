"""Equations into lines that fit a width.

A step of an equality starts a new line when it does not fit behind the one before. A step that is
wider than a whole line is broken between its pieces, at the places that cost least: few lines,
breaks outside parentheses before breaks inside, sums before products.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from .mathtex import RELATION, Box, Piece, Printer
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
    left = printer.box(equation.left)
    room = width - max(left_width, left.width)
    found: list[Line] = []
    current, used = "", 0.0
    for sign, tree in equation.steps:
        box = printer.box(tree)
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
    found.append(_line(left, current, first=not found))
    return found


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


def group(equations: tuple[Equation, ...], printer: Printer, width: float) -> list[list[Line]]:
    """The lines of equations that stand under one another, aligned at the relation."""
    shared = max((printer.box(equation.left).width for equation in equations), default=0.0)
    return [lines(equation, printer, width, shared) for equation in equations]
