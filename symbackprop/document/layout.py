"""Equations into lines that fit a width.

Equations under one another are aligned at their relations. A step of an equality starts a new line when it does not fit behind
the one before. A step that is wider than a whole line is broken between its pieces, at the places that cost least: few lines,
breaks outside parentheses before breaks inside, sums before products. A left side that takes too much of a line stands on a line
of its own. Where even that does not fit beside the left sides of the others, the group is not aligned but indented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..tree import Tree, fold
from .arraytex import index_range
from .boxes import SIGNS, Box, Piece
from .fonts import ORD
from .mathtex import Printer
from .metrics import measured, width
from .model import Equation

QUAD = 1.0
MAX_ROWS, MAX_LEAVES = 60, 3000  # equations, and symbols and numbers, in one environment
MARGIN = 0.995  # share of a line that is filled, since our widths and TeX's differ by a few thousandths
_LEFT = 0.4  # share of a line from which a left side stands on its own
_MOST_INDENT = 0.25  # share of a line
_INSIDE = 1.1  # what a break costs for each parenthesis around it, in lines
_PRODUCT = 0.9  # what a break between factors costs more than one between terms; less than one inside a factor
_SLACK = 0.4  # what an empty line's end costs


@dataclass(frozen=True, slots=True)
class Line:
    """One line: TeX to the left and right of the alignment mark, and the width of each in em."""

    left: str
    right: str
    left_width: float
    width: float


@dataclass(frozen=True, slots=True)
class Chain:
    """An equation, printed but not yet broken into lines."""

    left: Box
    left_width: float
    steps: tuple[tuple[str, Box], ...]
    ranges: tuple[str, ...]


def environments(equations: Sequence[Equation]) -> Iterator[Sequence[Equation]]:
    """Equations in groups that TeX and a browser set with ease, whatever the width of the lines."""
    first, size = 0, 0
    for index, equation in enumerate(equations):
        own = sum(fold(tree, _leaves) for _, tree in equation.steps)
        if index > first and (size + own > MAX_LEAVES or index - first == MAX_ROWS):
            yield equations[first:index]
            first, size = index, 0
        size += own
    if first < len(equations):
        yield equations[first:]


def _leaves(node: Tree, below: list[int]) -> int:
    return sum(below) or 1


def group(equations: Sequence[Equation], printer: Printer, width: float) -> list[list[Line]]:
    """The lines of equations that stand under one another, aligned at the relation as far as that leaves them room."""
    width *= MARGIN
    own = printer.within(width)
    chains = [_chain(equation, own) for equation in equations]
    apart = {index for index, chain in enumerate(chains) if chain.left_width > _LEFT * width}
    while True:
        shared = max((chain.left_width for index, chain in enumerate(chains) if index not in apart), default=0.0)
        room = width - shared
        found = [
            _Breaker(chain, room).apart() if index in apart else _Breaker(chain, room).aligned()
            for index, chain in enumerate(chains)
        ]
        wide = {index for index, lines in enumerate(found) if any(line.width > room for line in lines)}
        if wide <= apart:
            break
        apart |= wide
    if wide:
        return [_Breaker(chain, width).hanging() for chain in chains]
    return _side_by_side(equations, found, width - shared)


def _side_by_side(equations: Sequence[Equation], found: list[list[Line]], room: float) -> list[list[Line]]:
    """The lines with the equations that may stand beside others in a column of their own, if all have room there."""
    second = [index for index, own in enumerate(equations) if own.beside and index]
    if any(len(found[index - 1]) > 1 or len(found[index]) > 1 or not found[index][0].left for index in second):
        return found
    start = max((found[index - 1][0].width for index in second), default=0.0) + 2 * QUAD
    if any(start + found[index][0].left_width + found[index][0].width > room for index in second):
        return found
    for index in second:
        (first,), (own,) = found[index - 1], found[index]
        space = round(18 * (start - first.width))
        right = rf"{first.right} \mspace{{{space}mu}}{own.left} {own.right}"
        found[index - 1], found[index] = [Line(first.left, right, first.left_width, measured(right, True, ORD).width)], []
    return found


def pack(equations: Sequence[Equation], printer: Printer, width: float) -> list[list[Line]]:
    """The lines of equations that stand side by side, as many in a line as fit."""
    width *= MARGIN
    own = printer.within(width)
    found: list[list[Line]] = []
    current, used = "", 0.0
    for equation in equations:
        chain = _chain(equation, own)
        tex = chain.left.tex + "".join(f" {SIGNS[sign]}{box.tex}" for sign, box in chain.steps)
        longer = rf"{current} \qquad {tex}"
        if current and (together := measured(longer).width) <= width:
            current, used = longer, together
            continue
        found.extend([[Line("", current, 0.0, used)]] if current else [])
        current, used = tex, measured(tex).width
        if used > width:
            found.append(_Breaker(chain, width).hanging())
            current = ""
    return [*found, [Line("", current, 0.0, used)]] if current else found


def _chain(equation: Equation, printer: Printer) -> Chain:
    left = (printer.with_shapes if equation.shaped else printer).box(equation.left)
    steps = tuple(
        (sign, (printer.with_shapes if number == equation.shaped else printer).box(tree))
        for number, (sign, tree) in enumerate(equation.steps, 1)
    )
    return Chain(left, left.width, steps, tuple(_range(printer, *own) for own in equation.ranges))


def _range(printer: Printer, letter: str, length: int | str) -> str:
    """``j = 1, …, 3``, for which an equation holds."""
    first, last = index_range(printer.notation.profile, length)
    return f"{letter} = {first}" + ("" if length == 1 else f", {last}" if length == 2 else rf", \dots, {last}")


class _Breaker:
    """Breaks one equation into lines. ``room`` is for what stands to the right of the alignment mark."""

    def __init__(self, chain: Chain, room: float) -> None:
        self.chain, self.room = chain, room
        self.most_indent = _MOST_INDENT * room
        self.lines: list[Line] = []
        self.left, self.left_width = "", 0.0
        self.current, self.used = "", 0.0

    def aligned(self) -> list[Line]:
        """The left side to the left of the mark, every relation at it."""
        self.left, self.left_width = self.chain.left.tex, self.chain.left_width
        return self._steps(0.0)

    def apart(self) -> list[Line]:
        """The left side on a line of its own, to the right of the mark as all that follows, which is indented."""
        self._append(self._broken(self.chain.left.pieces, _measures(self.chain.left.pieces, ""), "", 0.0))
        self._end()
        return self._steps(QUAD)

    def hanging(self) -> list[Line]:
        """Nothing aligned: the left side, what follows behind it, and further lines indented."""
        if self.chain.left_width > _LEFT * self.room:
            return self.apart()
        self.current, self.used = self.chain.left.tex, self.chain.left_width
        return self._steps(QUAD)

    def _steps(self, indent: float) -> list[Line]:
        """All lines; ``indent`` is that of a relation that starts one."""
        measured_steps = [_measures(box.pieces, SIGNS[sign]) for sign, box in self.chain.steps]
        starts = self._starts([sum(measures) for measures in measured_steps], indent)
        for number, ((sign, box), measures) in enumerate(zip(self.chain.steps, measured_steps, strict=True)):
            needed = sum(measures)
            if self.current and self.used + needed <= self.room and number not in starts:
                self.current, self.used = f"{self.current} {SIGNS[sign]}{box.tex}", self.used + needed
                continue
            if number or indent + needed <= self.room or not self._fits(self._broken(box.pieces, measures, SIGNS[sign], indent)):
                self._end()  # only behind a left side a step begins that will be broken
            if indent + needed <= self.room:
                self.current, self.used = _indented(SIGNS[sign] + box.tex, indent), indent + needed
            else:
                self._append(self._broken(box.pieces, measures, SIGNS[sign], indent))
        for number, tex in enumerate(self.chain.ranges):
            needed, before = width(tex), rf" \qquad {tex}" if not number else rf",\; {tex}"
            space = width(before) - needed
            if self.current and self.used + space + needed <= self.room:
                self.current, self.used = self.current + before, self.used + space + needed
                continue
            if number:
                self.current += ","
            self._end()
            self.current, self.used = _indented(tex, indent + QUAD), indent + QUAD + needed
        self._end()
        return self.lines

    def _starts(self, needed: Sequence[float], indent: float) -> set[int]:
        """The steps that start a line, so that there are few lines and none is much shorter than the others.

        None where a step has to be broken: what follows it fills the line where it ends.
        """
        count = len(needed)
        if indent + max(needed, default=0.0) > self.room:
            return set()
        best: list[tuple[int, float, int]] = [(0, 0.0, count)] * (count + 1)  # lines, slack, end of the first; from each step on
        for first in reversed(range(count)):
            used, choices = self.used if first == 0 and self.current else indent, []
            for end in range(first + 1, count + 1):
                used += needed[end - 1]
                if used > self.room and end > first + 1:
                    break
                lines, slack, _ = best[end]
                choices.append((lines + 1, slack + (self.room - used) ** 2, end))
            best[first] = min(choices)
        found, at = set(), best[0][2] if count else count
        while at < count:
            found.add(at)
            at = best[at][2]
        return found

    def _end(self) -> None:
        """Ends the line, if there is something in it."""
        if not self.current:
            return
        self.lines.append(Line(self.left, self.current, self.left_width, self.used))
        self.current, self.used, self.left, self.left_width = "", 0.0, "", 0.0

    def _fits(self, lines: list[tuple[str, float]]) -> bool:
        return all(used <= self.room for _, used in lines)

    def _append(self, lines: list[tuple[str, float]]) -> None:
        """Takes over lines, the first of which begins with the current one; the last may grow."""
        for line in lines[:-1]:
            self.current, self.used = line
            self._end()
        self.current, self.used = lines[-1]

    def _broken(self, pieces: Sequence[Piece], measures: Sequence[float], sign: str, indent: float) -> list[tuple[str, float]]:
        """Pieces over several lines, each with its width; they begin behind what stands in the current line, with ``sign``."""
        before = f"{self.current} {sign}" if self.current else _indented(sign, indent)
        start = self.used if self.current else indent
        indent += QUAD
        led = [width(piece.lead + piece.tex) if piece.kind else 0.0 for piece in pieces]
        count = len(pieces)
        infinite = float("inf")
        cost, best = [infinite] * (count + 1), [0] * (count + 1)
        cost[0] = 0.0
        for first in range(count):
            if cost[first] == infinite or (first and not pieces[first].kind):
                continue
            used = self._indent(pieces[first], indent) + led[first] if first else start + measures[0]
            for end in range(first + 1, count + 1):
                too_wide = used > self.room
                if end == count or pieces[end].kind:
                    slack = max(0.0, (self.room - used) / self.room) if end < count else 0.0
                    price = 1 + _SLACK * slack * slack + 1e4 * max(0.0, used - self.room)
                    if end < count:
                        price += _INSIDE * pieces[end].depth + (_PRODUCT if pieces[end].kind == "product" else 0.0)
                    if cost[first] + price < cost[end]:
                        cost[end], best[end] = cost[first] + price, first
                    if too_wide:
                        break
                if end < count:
                    used += measures[end]
        cuts = [count]
        while cuts[-1]:
            cuts.append(best[cuts[-1]])
        cuts.reverse()
        found = []
        for begin, end in pairwise(cuts):
            body = pieces[begin].tex + "".join(piece.join + piece.tex for piece in pieces[begin + 1 : end])
            used = sum(measures[begin + 1 : end])
            if begin:
                space = self._indent(pieces[begin], indent)
                found.append((_indented(pieces[begin].lead + body, space), used + space + led[begin]))
            else:
                found.append((before + body, used + start + measures[0]))
        return found

    def _indent(self, piece: Piece, indent: float) -> float:
        """The indentation of a line that starts with a piece: deeper inside parentheses."""
        return min(indent + QUAD * piece.depth, max(self.most_indent, indent))


def _indented(tex: str, space: float) -> str:
    return rf"\mspace{{{round(18 * space)}mu}}{tex}" if space else tex


def _measures(pieces: Sequence[Piece], sign: str) -> list[float]:
    """The width that each piece adds to a line behind a sign."""
    found, last = [], ORD if sign else None
    for tex in (sign + pieces[0].tex, *(piece.join + piece.tex for piece in pieces[1:])):
        own = measured(tex, True, last)
        found.append(own.width)
        last = own.last
    return found
