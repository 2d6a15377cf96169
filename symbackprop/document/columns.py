"""How the columns of a table share the width of a line, and what becomes of a table that is too wide or too long."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from ..tree import Number, plain
from .boxes import SIGNS, Box
from .fonts import EM, ORD
from .layout import MARGIN
from .mathtex import MANY_ZEROS, Printer
from .metrics import measured, text_width, width
from .model import Coloured, Math, Relation, Run, Table, Text

MAX_ROWS = 24  # of a table that is kept on one page
MAX_LINES = 36
PART_ROWS, PART_LINES = 18, 22  # of a long table where it cannot go over pages
GAP = 12 / EM  # em between two columns
_PLAIN = re.compile(rf"(?!{MANY_ZEROS.pattern}$)-?\d+(\.\d+)?")
_BROKEN = 6.0  # em that a column of broken lines needs to be read with ease, if it is not narrower by itself


@dataclass(frozen=True)
class Columns:
    """The columns of one table on lines of ``width`` em, its mathematics printed by ``printer``."""

    table: Table
    printer: Printer
    width: float

    @property
    def is_long(self) -> bool:
        """Whether the table may need more than one page."""
        return len(self.table.rows) > MAX_ROWS or sum(self._heights) > MAX_LINES

    @cached_property
    def _heights(self) -> list[float]:
        """The height of each row, in lines."""
        return [max([1.0, *(self._lines(row[i], share) for i, share in self.shares.items())]) for row in self.table.rows]

    @property
    def parts(self) -> list[tuple[tuple[Text, ...], ...]]:
        """The rows in parts of about one length, of which one and a half fit on a page."""
        heights = self._heights
        count = max(ceil(len(heights) / PART_ROWS), ceil(sum(heights) / PART_LINES), 1)
        most = sum(heights) / count
        found: list[tuple[tuple[Text, ...], ...]] = []
        first, used = 0, 0.0
        for index, height in enumerate(heights):
            if index > first and used + height / 2 > most:
                found.append(self.table.rows[first:index])
                first, used = index, 0.0
            used += height
        return [*found, self.table.rows[first:]]

    def _lines(self, cell: Text, width: float) -> float:
        """The height of a broken cell, in lines; one with a fraction is taller."""
        tall = any(isinstance(run, Math) and self.printer.box(run.tree).height > 1 for run in cell)
        return ceil(self.cell_width(cell) / width) * (1.5 if tall else 1)

    @cached_property
    def shares(self) -> dict[int, float]:
        """The width of each column that is broken over lines; of none where all entries fit as they are."""
        widths = self._widths
        room = MARGIN * self.width - GAP * (len(widths) - 1)
        if sum(widths) <= room:
            return {}
        # The narrower of the long columns keep their width as far as an even share allows, and what cannot be broken all it needs.
        columns = range(len(widths))
        room -= sum(widths[index] for index in columns if self.table.columns[index] != "p")
        long = sorted((index for index in columns if self.table.columns[index] == "p"), key=lambda index: widths[index])
        needed = [self._least[index] for index in long]
        shares = {}
        for place, index in enumerate(long):
            even = max(room / (len(long) - place), self._least[index])
            share = max(self._least[index], min(widths[index] + 0.3, even, room - sum(needed[place + 1 :])))
            room -= share
            shares[index] = share
        return shares

    @cached_property
    def _widths(self) -> list[float]:
        """The widest entry of each column."""
        rows = (self.table.head, *self.table.rows)
        return [max(self.cell_width(row[index]) for row in rows) for index in range(len(self.table.columns))]

    @cached_property
    def _least(self) -> list[float]:
        """The width that each column cannot do without."""
        found = []
        for index, (own, column) in enumerate(zip(self._widths, self.table.columns, strict=True)):
            if column != "p":
                found.append(own)
                continue
            unbroken = max(self._unbroken(row[index]) for row in (self.table.head, *self.table.rows))
            found.append(min(own, max(_BROKEN, unbroken)))
        return found

    def narrow(self, least: int = 2) -> list[Table]:
        """The table as several that fit the line, with the first column in each; the caption stands below the last.

        None of them where there is no way that leaves each ``least`` columns beside the first.
        """
        groups = self._groups(min(least, len(self._least) - 1))
        if len(groups) == 1:
            return [self.table]
        found = [self._only([0, *group]) for group in groups]
        return [*(replace(own, caption="") for own in found[:-1]), *found[-1:]]

    def _groups(self, smallest: int) -> list[range]:
        """The columns behind the first in as few groups as fit the line, of about one size; none where there is no such way."""
        least, count = self._least, len(self._least)
        # From each column on: how many groups, how uneven they are, where the first of them ends.
        best: dict[int, tuple[int, int, int]] = {count: (0, 0, count)}
        for first in range(count - smallest, 0, -1):
            choices = [
                (best[end][0] + 1, best[end][1] + (end - first) ** 2, end)
                for end in range(first + smallest, count + 1)
                if end in best and least[0] + sum(GAP + own for own in least[first:end]) <= MARGIN * self.width
            ]
            if choices:
                best[first] = min(choices)
        found: list[range] = []
        at = 1 if 1 in best else count
        while at < count:
            found.append(range(at, best[at][2]))
            at = best[at][2]
        return found

    def _only(self, columns: list[int]) -> Table:
        rows = tuple(tuple(row[index] for index in columns) for row in self.table.rows)
        kinds = "".join(self.table.columns[index] for index in columns)
        return replace(self.table, columns=kinds, head=tuple(self.table.head[index] for index in columns), rows=rows)

    def cell_width(self, runs: Text) -> float:
        """The width of a cell on one line, in em."""
        return sum(run_width(run, self.printer) for run in runs)

    def _unbroken(self, runs: Text) -> float:
        """The widest part of a cell in which no line can end."""
        found = 0.0
        for run in runs:
            match run:
                case Math():
                    found = max([found, *(width(tex, False) for tex in unbroken(self.printer.box(run.tree)))])
                case Relation():
                    found = max(found, run_width(run, self.printer))
                case Coloured() | str():
                    text = run.words if isinstance(run, Coloured) else run
                    found = max([found, *map(text_width, text.split())])
        return found


def lined_up(table: Table) -> Table:
    """The table with the numbers of a column under one another at the decimal point: each keeps the room of the digits that it
    lacks. A number with a power of ten stands apart from that."""
    columns = list(zip(*table.rows, strict=True))
    for index in (index for index, kind in enumerate(table.columns) if kind == "r" and columns):
        numbers = [_behind(cell) for cell in columns[index]]
        most = max((own for own in numbers if own is not None), default="", key=len)
        columns[index] = tuple(
            cell if own is None else tuple(_with_room(run, re.sub(r"\d", "0", most[len(own) :])) for run in cell)
            for cell, own in zip(columns[index], numbers, strict=True)
        )
    return replace(table, rows=tuple(zip(*columns, strict=True)))


def _with_room(run: Run, digits: str) -> Run:
    return replace(run, hidden=digits) if isinstance(run, Math) else run


def _behind(cell: Text) -> str | None:
    """What a number has from its decimal point on; None of what is no plain number."""
    tree = plain(cell[0].tree) if len(cell) == 1 and isinstance(cell[0], Math) else None
    if not isinstance(tree, Number) or not _PLAIN.fullmatch(tree.text or str(tree.value)):
        return None
    _, point, digits = tree.text.partition(".")
    return point + digits


def unbroken(box: Box) -> list[str]:
    """The parts of a box between which a line in a text may end."""
    found = [box.pieces[0].tex]
    for piece in box.pieces[1:]:
        if piece.kind:
            found.append(piece.join + piece.tex)
        else:
            found[-1] += piece.join + piece.tex
    return found


def run_width(run: Run, printer: Printer) -> float:
    """The width of a run on one line, in em."""
    match run:
        case Math():
            return printer.width(printer.box(run.tree)) + width(printer.hidden(run.hidden), False)
        case Relation():
            left, right = printer.box(run.left), printer.box(run.right)
            return printer.width(left) + measured(SIGNS[run.sign] + right.tex, False, ORD).width
        case Coloured():
            return text_width(run.words)
        case _:
            return text_width(run)
